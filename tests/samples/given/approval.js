/** @task approval */
export default async function approval() {
  return Promise.race([
    tools.waitForEvent("order-paid", { match: { "order.id": 7 } }),
    tools.waitForEvent("approved"),
  ]);
}
