/**
 * Calls itself to a depth.
 * @param {integer} input.depth
 * @param {boolean} [input.fail] - throw at the bottom
 */
module.exports = async function execute({ depth, fail = false }) {
    if (depth === 0) {
        if (!fail) return { levels: 0 };
        class PaymentError extends RangeError {
            name = "PaymentError";
            code = "card_declined";
        }
        throw new PaymentError("the card was declined at the bottom");
    }
    const below = await tools.tasks.execute("depth", { depth: depth - 1, fail });
    return { levels: below.levels + 1 };
};
