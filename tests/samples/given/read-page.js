/** @task read-page */
export default async function readPage({ url }) {
  return { url };
}
