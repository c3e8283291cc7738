/** Computes without end and without a pause. */
module.exports = () => { for (;;); };
