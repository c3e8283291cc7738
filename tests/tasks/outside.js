/**
 * Asks the outside world: one question after the other, then as many at once.
 * @param {integer} input.count
 */
module.exports = async function execute({ count }) {
    const ask = async (n) => {
        const input = `question ${n}`;
        const answer = await tools.openai.embeddings.create({ model: "text-embedding-3-small", input });
        return answer.data.length;
    };
    let answers = 0;
    for (let n = 1; n <= count; n++) answers += await ask(n);
    const atOnce = await Promise.all(Array.from({ length: count }, (_, n) => ask(count + n + 1)));
    return atOnce.reduce((sum, one) => sum + one, answers);
};
