/* Bundles every src/**\/*.test.ts and runs them with Node's own test runner. */
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { common } from "./build.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const find = (dir) =>
	readdirSync(dir, { withFileTypes: true }).flatMap((e) =>
		e.isDirectory() ? find(join(dir, e.name)) : e.name.endsWith(".test.ts") ? [join(dir, e.name)] : [],
	);

const out = mkdtempSync(join(tmpdir(), "camp-web-test-"));
try {
	await build({
		...common,
		entryPoints: find(join(here, "src")),
		outdir: out,
		outExtension: { ".js": ".mjs" },
		platform: "node",
		external: ["node:*"],
		define: { TASKS_DIR: JSON.stringify(process.env.CAMP_TASKS_DIR ?? join(here, "../tasks")) },
	});
	const files = readdirSync(out, { recursive: true })
		.filter((f) => String(f).endsWith(".test.mjs"))
		.map((f) => join(out, String(f)));
	const run = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" });
	process.exitCode = run.status ?? 1;
} finally {
	rmSync(out, { recursive: true, force: true });
}
