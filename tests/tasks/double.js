/** @param {number} input.n */
module.exports = async ({ n }) => 2 * n;
