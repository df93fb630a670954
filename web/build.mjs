/*
 * Builds the web client: src/ -> dist/ (or --outdir DIR), through esbuild's JavaScript API.
 *
 *   dist/app.html, cohort.html, models.html   the page shells
 *   dist/sw.js                          service worker of the participant app
 *   dist/app.webmanifest                what installers of the participant app ask for
 *   dist/assets/icon-SIZE.HASH.png      its icons (icons.mjs)
 *   dist/assets/engagement.HASH.js      the attention model's module, for pages that load
 *   dist/assets/engagement.HASH.wasm    it when they need it; no part of the trial bundle
 *   dist/assets/adaptive.HASH.js        adaptive difficulty's, for tasks that adapt; kept
 *   dist/assets/adaptive.HASH.wasm      by the service worker, as they are played offline
 *   dist/assets/speech-LANGUAGE.HASH.wav   spoken digits and babble (speech/speech.mjs), for
 *                                       the one task that needs them in the language played
 *   dist/assets/LANGUAGE.HASH.js        the words of one language; a page loads the one it
 *                                       shows, the service worker keeps all for offline
 *   dist/assets/NAME.HASH.EXT           everything else, immutable
 *
 * Each file gets a .br and a .gz neighbour, made here once so that the server never
 * compresses. The build fails when what one needs to play a trial outgrows its budget.
 */
import { build } from "esbuild";
import { parse, TYPE } from "@formatjs/icu-messageformat-parser";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { iconPng } from "./icons.mjs";
import { keptSpeech } from "./speech/kept.mjs";
import { compileModule } from "./wasm.mjs";

/* What a participant loads first, with the largest language, and what one task adds. */
const TRIAL_BUDGET_BYTES = 110 * 1024;
const TASK_BUDGET_BYTES = 15 * 1024;

const here = dirname(fileURLToPath(import.meta.url));
const src = join(here, "src");
const modules = join(here, "node_modules");

/** ICU messages are parsed here, so that the browser needs no parser; plain texts stay. */
export const messages = {
	name: "messages",
	setup(b) {
		b.onLoad({ filter: /[\\/]i18n[\\/][^\\/]+\.json$/ }, async ({ path }) => {
			const catalogue = JSON.parse(await readFile(path, "utf8"));
			const parsed = {};
			for (const [key, text] of Object.entries(catalogue)) {
				try {
					const message = parse(text, { ignoreTag: true });
					const plain = message.length === 1 && message[0].type === TYPE.literal;
					parsed[key] = plain ? message[0].value : message;
				} catch (err) {
					return { errors: [{ text: `${basename(path)}: "${key}": ${err.message}` }] };
				}
			}
			return { contents: JSON.stringify(parsed), loader: "json" };
		});
	},
};

/** jsPsych brings a word list of 14 KB for a helper that we never call. */
const noRandomWords = {
	name: "no-random-words",
	setup(b) {
		b.onResolve({ filter: /^random-words$/ }, () => ({ path: "none", namespace: "none" }));
		b.onLoad({ filter: /.*/, namespace: "none" }, () => ({ contents: "export default () => []" }));
	},
};

export const common = {
	bundle: true,
	format: "esm",
	target: ["es2021"],
	jsx: "automatic",
	jsxImportSource: "preact",
	charset: "utf8",
	legalComments: "none",
	logLevel: "warning",
	plugins: [messages, noRandomWords],
	alias: {
		"@formatjs/icu-messageformat-parser": join(modules, "@formatjs/icu-messageformat-parser/no-parser.js"),
	},
};

async function bundleClient(outdir, modules, speech) {
	const result = await build({
		...common,
		absWorkingDir: here,
		entryPoints: {
			app: join(src, "participant/main.tsx"),
			cohort: join(src, "dashboard/main.tsx"),
			models: join(src, "models/main.tsx"),
			engagement: join(src, "engagement/forecaster.ts"),
			adaptive: join(src, "adaptive/adaptive.ts"),
		},
		define: {
			ENGAGEMENT_MODULE: JSON.stringify(modules.engagement),
			ADAPTIVE_MODULE: JSON.stringify(modules.adaptive),
			SPEECH: JSON.stringify(speech),
		},
		outdir: join(outdir, "assets"),
		entryNames: "[name].[hash]",
		chunkNames: "[name].[hash]",
		assetNames: "[name].[hash]",
		splitting: true,
		minify: true,
		metafile: true,
	});
	/* Keyed by file name: outputs of one entry point, found through its imports. */
	const outputs = new Map(
		Object.entries(result.metafile.outputs).map(([path, o]) => [resolve(here, path), o]),
	);
	/* A file and what it needs to start; what it imports later is not needed for that. */
	const needs = (path, files = new Set()) => {
		if (files.has(path)) return files;
		files.add(path);
		const output = outputs.get(path);
		if (output?.cssBundle) files.add(resolve(here, output.cssBundle));
		for (const imported of output?.imports ?? []) {
			if (imported.kind !== "dynamic-import") needs(resolve(here, imported.path), files);
		}
		return files;
	};
	/* With all that it may ever import. */
	const reaches = (path, files = new Set()) => {
		if (files.has(path)) return files;
		for (const file of needs(path)) {
			if (file !== path && !outputs.has(file)) continue;
			files.add(file);
			for (const imported of outputs.get(file)?.imports ?? []) reaches(resolve(here, imported.path), files);
		}
		return files;
	};
	const entryOf = (source) => {
		const [js, output] = [...outputs].find(([, o]) => o.entryPoint === source);
		const css = output.cssBundle && resolve(here, output.cssBundle);
		return { js, css, files: [...needs(js)], all: [...reaches(js)] };
	};
	/* One entry a task, src/tasks/NAME/run.ts, loaded when it is played. */
	const tasks = new Map();
	const languages = new Map();
	for (const [path, o] of outputs) {
		const language = /^src\/i18n\/([^/]+)\.json$/.exec(o.entryPoint ?? "");
		if (language) languages.set(language[1], [...needs(path)]);
		const task = /^src\/tasks\/([^/]+)\/run\.ts$/.exec(o.entryPoint ?? "");
		if (task) tasks.set(task[1], [...needs(path)]);
	}
	return { entryOf, tasks, languages };
}

/** Copies a file to assets/ under a name with its hash; answers its address. */
async function hashedAsset(outdir, path) {
	const bytes = await readFile(path);
	const ext = extname(path);
	return hashedBytes(outdir, basename(path, ext), ext, bytes);
}

/** Writes bytes to assets/ under a name with their hash; answers their address. */
async function hashedBytes(outdir, name, ext, bytes) {
	const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8).toUpperCase();
	const file = `${name}.${hash}${ext}`;
	await writeFile(join(outdir, "assets", file), bytes);
	return `/assets/${file}`;
}

/** The web app manifest and the icons it names; answers their addresses, for the shell. */
async function writeManifest(outdir, svg) {
	const png = (name, size, options) => hashedBytes(outdir, name, ".png", iconPng(size, options));
	const touch = await png("icon-touch", 180, { full: true, scale: 0.8 });
	const icons = [
		{ src: svg, sizes: "any", type: "image/svg+xml" },
		{ src: await png("icon-192", 192), sizes: "192x192", type: "image/png" },
		{ src: await png("icon-512", 512), sizes: "512x512", type: "image/png" },
		/* Cut shapes leave a circle of 80 % of the side. */
		{ src: await png("icon-cut", 512, { full: true, scale: 0.8 }), sizes: "512x512", type: "image/png", purpose: "maskable" },
	];
	const manifest = {
		id: "/",
		name: "Attention Camp",
		short_name: "Camp",
		start_url: "/",
		scope: "/",
		display: "standalone",
		background_color: "#f6f7f7",
		theme_color: "#17616e",
		icons,
	};
	await writeFile(join(outdir, "app.webmanifest"), JSON.stringify(manifest));
	return { touch, kept: ["/app.webmanifest", touch, ...icons.map((i) => i.src)] };
}

/** Compiles a WebAssembly module into assets/; answers its address. */
async function moduleAsset(outdir, name) {
	const folder = await mkdtemp(join(tmpdir(), "camp-web-"));
	try {
		const path = join(folder, `${name}.wasm`);
		const size = await compileModule(path, name);
		console.log(`module "${name}": ${kilobytes(size)} gzipped`);
		return await hashedAsset(outdir, path);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** Puts the spoken files into assets/; answers for each language its address and index. */
async function speechAssets(outdir) {
	const out = {};
	for (const [language, { path, index }] of Object.entries(await keptSpeech())) {
		out[language] = { file: await hashedAsset(outdir, path), ...index };
	}
	return out;
}

async function writeShell(outdir, name, values) {
	let html = await readFile(join(src, `${name}.html`), "utf8");
	for (const [key, value] of Object.entries(values)) html = html.replaceAll(`{{${key}}}`, value);
	const left = /\{\{\w+\}\}/.exec(html);
	if (left) throw new Error(`${name}.html: nothing fills ${left[0]}`);
	await writeFile(join(outdir, `${name}.html`), html);
}

async function* walk(dir) {
	for (const entry of await readdir(dir, { withFileTypes: true })) {
		const path = join(dir, entry.name);
		if (entry.isDirectory()) yield* walk(path);
		else yield path;
	}
}

async function compressAll(outdir) {
	for await (const path of walk(outdir)) {
		const bytes = await readFile(path);
		await writeFile(`${path}.gz`, gzipSync(bytes, { level: 9 }));
		await writeFile(
			`${path}.br`,
			brotliCompressSync(bytes, {
				params: {
					[constants.BROTLI_PARAM_QUALITY]: 11,
					[constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
				},
			}),
		);
	}
}

const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;

async function main(outdir) {
	await rm(outdir, { recursive: true, force: true });
	await mkdir(join(outdir, "assets"), { recursive: true });
	const wasm = {
		engagement: await moduleAsset(outdir, "engagement"),
		adaptive: await moduleAsset(outdir, "adaptive"),
	};
	const { entryOf, tasks, languages } = await bundleClient(outdir, wasm, await speechAssets(outdir));
	const address = (path) => "/" + relative(outdir, path).split("\\").join("/");
	const app = entryOf("src/participant/main.tsx");
	const cohort = entryOf("src/dashboard/main.tsx");
	const models = entryOf("src/models/main.tsx");
	const adaptive = entryOf("src/adaptive/adaptive.ts");
	const icon = await hashedAsset(outdir, join(src, "icon.svg"));

	const manifest = await writeManifest(outdir, icon);
	await writeShell(outdir, "app", { js: address(app.js), css: address(app.css), icon, touch: manifest.touch });
	await writeShell(outdir, "cohort", { js: address(cohort.js), css: address(cohort.css), icon });
	await writeShell(outdir, "models", { js: address(models.js), css: address(models.css), icon });

	/* Every task and language, so that an installed app has all of them without a network. */
	const adapts = [wasm.adaptive, ...adaptive.files.map(address)];
	const sound = entryOf("src/participant/sound_pages.tsx");
	const files = new Set([...app.files, ...app.all, ...sound.files, ...[...tasks.values()].flat()]);
	const shell = [...new Set(["/", icon, ...manifest.kept, ...[...files].map(address), ...adapts])];
	const version = createHash("sha256");
	version.update(await readFile(join(outdir, "app.html")));
	version.update(await readFile(join(src, "sw.ts")));
	version.update(shell.join());
	await build({
		...common,
		entryPoints: [join(src, "sw.ts")],
		outfile: join(outdir, "sw.js"),
		format: "iife",
		minify: true,
		define: {
			SHELL_FILES: JSON.stringify(shell),
			SHELL_VERSION: JSON.stringify(version.digest("hex").slice(0, 12)),
		},
	});

	/* What the files add to those that are loaded before them. */
	const added = async (needed, before) => {
		let size = 0;
		for (const path of needed) {
			if (!before.includes(path)) size += gzipSync(await readFile(path), { level: 9 }).length;
		}
		return size;
	};
	let words = 0;
	for (const needed of languages.values()) words = Math.max(words, await added(needed, app.files));
	const trial = words + (await added(app.files, []));
	for (const [name, needed] of tasks) {
		const size = await added(needed, app.files);
		if (size > TASK_BUDGET_BYTES) throw new Error(`task ${name} outgrew its budget: ${kilobytes(size)}`);
	}
	await compressAll(outdir);
	console.log(`web client: trial bundle ${kilobytes(trial)} gzipped of ${kilobytes(TRIAL_BUDGET_BYTES)} allowed`);
	if (trial > TRIAL_BUDGET_BYTES) throw new Error("the trial bundle outgrew its budget");
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
	const at = process.argv.indexOf("--outdir");
	await main(resolve(at > 0 ? process.argv[at + 1] : join(here, "dist")));
}
