/**
 * Has a nested task fail in a way and tells what it caught.
 * @param {string} input.task
 */
export default async function catcher({ task, input }) {
    const marks = [];
    try {
        await tools.tasks.execute(task, input);
        marks.push("not reached");
    } catch (error) {
        const { name, message, code, stack } = error;
        marks.push({ name, message, code, stack: String(stack), isError: error instanceof Error });
    } finally {
        marks.push("finally");
    }
    // The frame is as alive as before.
    marks.push(await tools.keystore.get("catcher", "nothing"));
    return marks;
}
