// A service of Restate that makes durable steps one after the other, as bench/tasks/sequential.js does.
// usage: node steps.mjs PORT
import process from "node:process";

// The SDK needs it, and Node has it from version 22 on.
Promise.withResolvers ??= () => {
    const made = {};
    made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
    return made;
};

const { serve, service } = await import("@restatedev/restate-sdk");

const steps = async (context, count) => {
    let made = 0;
    for (let i = 0; i < count; i++) {
        await context.run(`step ${i}`, () => i);
        made++;
    }
    return made;
};

serve({ services: [service({ name: "bench", handlers: { steps } })], port: Number(process.argv[2]) });
