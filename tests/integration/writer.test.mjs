// The group commit of trials on a real PostgreSQL. The cases are in C, as they drive the
// writer itself: tests/integration/writer/test_writer.c.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import test, { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { createCluster } from "../support/cluster.mjs";

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const build = process.env.CAMP_BUILD_DIR ?? path.join(source, "build");
const program = path.join(build, "tests/integration/writer/test_writer");
let cluster;

before(async () => {
	cluster = await createCluster();
	await cluster.query("postgres", "CREATE DATABASE camp");
});

after(async () => {
	await cluster?.remove();
});

test("the writer's cases pass", { timeout: 240_000 }, async () => {
	assert.ok(existsSync(program), `${program} is not built: make check builds it`);
	const child = spawn(program, {
		env: { ...process.env, DATABASE_URL: cluster.url("camp"), CK_VERBOSITY: "normal" },
		stdio: ["ignore", "pipe", "pipe"],
	});
	let text = "";
	for (const stream of [child.stdout, child.stderr])
		stream.on("data", (chunk) => (text += chunk));
	const status = await new Promise((resolve) => child.on("close", resolve));
	const cases = text.split("\n").filter((line) => !line.startsWith("{"));
	assert.equal(status, 0, cases.join("\n"));
	console.log(cases.join("\n").trim());
});
