/** Sleeps until a moment, in milliseconds since the Unix epoch. */
module.exports = async function execute({ until }) {
    await tools.sleep(new Date(until));
};
