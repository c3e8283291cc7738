module.exports = async function execute(input, { tools }) {
    await tools.openai.models.list();
};
