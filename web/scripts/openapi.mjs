// Takes the API's description from a running server (CRM_SERVER) into openapi.json; `npm run types` then writes the types of the page from it.
import { writeFileSync } from 'node:fs';

const server = process.env.CRM_SERVER ?? 'http://127.0.0.1:5080';
const response = await fetch(`${server}/swagger/v1/swagger.json`);
if (!response.ok) throw new Error(`${server} answered ${response.status}`);
writeFileSync(new URL('../openapi.json', import.meta.url), `${JSON.stringify(await response.json(), null, 2)}\n`);
