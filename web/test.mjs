/* Bundles every src/**\/*.test.ts and runs them with Node's own test runner. */
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { common } from "./build.mjs";
import { keptSpeech } from "./speech/kept.mjs";
import { compileModule } from "./wasm.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const find = (dir) =>
	readdirSync(dir, { withFileTypes: true }).flatMap((e) =>
		e.isDirectory() ? find(join(dir, e.name)) : e.name.endsWith(".test.ts") ? [join(dir, e.name)] : [],
	);

const out = mkdtempSync(join(tmpdir(), "camp-web-test-"));
try {
	const engagement = join(out, "engagement.wasm");
	const adaptive = join(out, "adaptive.wasm");
	await compileModule(engagement);
	await compileModule(adaptive, "adaptive");
	const speech = Object.entries(await keptSpeech()).map(([language, { path, index }]) => [language, { file: path, ...index }]);
	await build({
		...common,
		entryPoints: find(join(here, "src")),
		outdir: out,
		outExtension: { ".js": ".mjs" },
		platform: "node",
		external: ["node:*"],
		define: {
			TASKS_DIR: JSON.stringify(process.env.CAMP_TASKS_DIR ?? join(here, "../tasks")),
			ENGAGEMENT_MODULE: JSON.stringify(engagement),
			ADAPTIVE_MODULE: JSON.stringify(adaptive),
			SPEECH: JSON.stringify(Object.fromEntries(speech)),
			REFERENCE_DIR: JSON.stringify(join(here, "../tests/reference")),
		},
	});
	const files = readdirSync(out, { recursive: true })
		.filter((f) => String(f).endsWith(".test.mjs"))
		.map((f) => join(out, String(f)));
	const run = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" });
	process.exitCode = run.status ?? 1;
} finally {
	rmSync(out, { recursive: true, force: true });
}
