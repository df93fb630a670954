/*
 * Compiles the inference of the attention model (models/wasm/sources) to WebAssembly with
 * clang 14 and wasi-libc: no imports, so that it runs wherever there is WebAssembly.
 *
 *     node wasm.mjs OUT.wasm       the compiler is WASM_CC, else clang-14, else clang
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const BUDGET_BYTES = 48 * 1024; /* gzipped */
const PACKAGES = "clang-14 lld-14 wasi-libc libclang-rt-14-dev-wasm32";

const top = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/* -msimd128: browsers of 2023 and later; thrice as fast. The TLS model keeps errno plain. */
const FLAGS = [
	"--target=wasm32-wasi", "-std=gnu17", "-Oz", "-msimd128", "-mbulk-memory", "-ftls-model=local-exec",
	"-ffp-contract=off", "-DNDEBUG", "-I.", "-Wall", "-Wextra", "-Wno-unused-parameter",
	"-Wno-unused-function", "-Werror",
];
const LINK = [
	"-flto", "-nostartfiles",
	"-Wl,--no-entry,--strip-all,--gc-sections,--stack-first", "-Wl,-z,stack-size=262144",
];

function compile(args) {
	const compilers = process.env.WASM_CC ? [process.env.WASM_CC] : ["clang-14", "clang"];
	for (const compiler of compilers) {
		const run = spawnSync(compiler, [...FLAGS, ...args], { cwd: top, encoding: "utf8" });
		if (run.error?.code === "ENOENT") continue;
		if (run.status === 0) return;
		throw new Error(
			`${compiler} could not compile the WebAssembly module (it needs ${PACKAGES}):\n` +
				(run.error?.message ?? run.stderr),
		);
	}
	throw new Error(
		`the WebAssembly module needs ${PACKAGES}: install them, or configure with --disable-web`,
	);
}

export async function compileModule(out) {
	const list = await readFile(join(top, "models/wasm/sources"), "utf8");
	const sources = list.split("\n").filter((line) => line !== "");
	/* What the compiler makes calls of by itself must be there before it optimises the whole. */
	const libc = sources.filter((path) => /wasm\/(libc|malloc)\.c$/.test(path));
	const objects = await mkdtemp(join(tmpdir(), "camp-wasm-"));
	try {
		const made = libc.map((path) => join(objects, `${basename(path)}.o`));
		libc.forEach((path, i) => compile(["-c", "-o", made[i], path]));
		compile([...LINK, "-o", resolve(out), ...made, ...sources.filter((path) => !libc.includes(path))]);
	} finally {
		await rm(objects, { recursive: true, force: true });
	}
	const bytes = await readFile(out);
	const module = new WebAssembly.Module(bytes);
	const imports = WebAssembly.Module.imports(module).map((i) => `${i.module}.${i.name}`);
	if (imports.length > 0) throw new Error(`the WebAssembly module imports ${imports.join(", ")}`);
	const size = gzipSync(bytes, { level: 9 }).length;
	if (size > BUDGET_BYTES)
		throw new Error(`the WebAssembly module has ${size} bytes gzipped of ${BUDGET_BYTES} allowed`);
	return size;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
	if (!process.argv[2]) throw new Error("usage: node wasm.mjs OUT.wasm");
	console.log(`${await compileModule(process.argv[2])} bytes gzipped`);
}
