/*
 * Compiles C of models/ to WebAssembly with clang 14 and wasi-libc: the inference of the
 * attention model and adaptive difficulty, a module each. No imports, so that they run
 * wherever there is WebAssembly.
 *
 *     node wasm.mjs OUT.wasm [NAME]       the compiler is WASM_CC, else clang-14, else clang
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const PACKAGES = "clang-14 lld-14 wasi-libc libclang-rt-14-dev-wasm32";

const top = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/*
 * `sources` lists what a module is made of. -msimd128: browsers of 2023 and later; thrice as
 * fast. Difficulty does without, as it is fast enough and no task may be played without it.
 */
export const MODULES = {
	engagement: { sources: "models/wasm/sources", flags: ["-Oz", "-msimd128"], gzippedMax: 48 * 1024 },
	adaptive: { sources: "models/wasm/adaptive.sources", flags: ["-Os"], gzippedMax: 10 * 1024 },
};

/* The TLS model keeps errno plain. */
const FLAGS = [
	"--target=wasm32-wasi", "-std=gnu17", "-mbulk-memory", "-ftls-model=local-exec",
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

export async function compileModule(out, name = "engagement") {
	const { sources: listed, flags, gzippedMax } = MODULES[name];
	const list = await readFile(join(top, listed), "utf8");
	const sources = list.split("\n").filter((line) => line !== "");
	/* What the compiler makes calls of by itself must be there before it optimises the whole. */
	const libc = sources.filter((path) => /wasm\/(libc|malloc)\.c$/.test(path));
	const objects = await mkdtemp(join(tmpdir(), "camp-wasm-"));
	try {
		const made = libc.map((path) => join(objects, `${basename(path)}.o`));
		libc.forEach((path, i) => compile([...flags, "-c", "-o", made[i], path]));
		compile([...flags, ...LINK, "-o", resolve(out), ...made, ...sources.filter((path) => !libc.includes(path))]);
	} finally {
		await rm(objects, { recursive: true, force: true });
	}
	const bytes = await readFile(out);
	const module = new WebAssembly.Module(bytes);
	const imports = WebAssembly.Module.imports(module).map((i) => `${i.module}.${i.name}`);
	if (imports.length > 0) throw new Error(`the module "${name}" imports ${imports.join(", ")}`);
	const size = gzipSync(bytes, { level: 9 }).length;
	if (size > gzippedMax)
		throw new Error(`the module "${name}" has ${size} bytes gzipped of ${gzippedMax} allowed`);
	return size;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
	if (!process.argv[2]) throw new Error("usage: node wasm.mjs OUT.wasm [NAME]");
	console.log(`${await compileModule(process.argv[2], process.argv[3])} bytes gzipped`);
}
