/** Returns what it is given. */
module.exports = async (input) => input;
