/*
 * Writes src/api/schema.ts from server/openapi.yaml; with --check, fails when the file
 * that is there differs, so that the contract and the client cannot drift apart.
 */
import openapiTS, { astToString } from "openapi-typescript";
import { readFile, writeFile } from "node:fs/promises";

const contract = new URL("../server/openapi.yaml", import.meta.url);
const target = new URL("src/api/schema.ts", import.meta.url);

const text = "/* Generated from server/openapi.yaml by `npm run types`; not edited by hand. */\n" +
	astToString(await openapiTS(contract, { alphabetize: true }));
if (!process.argv.includes("--check")) {
	await writeFile(target, text);
} else if ((await readFile(target, "utf8")) !== text) {
	console.error("src/api/schema.ts is not what server/openapi.yaml describes: run `npm run types`");
	process.exitCode = 1;
}
