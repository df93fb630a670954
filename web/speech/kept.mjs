/*
 * The sounds of speech.mjs, kept in node_modules between builds: speaking them takes some
 * seconds, and they change only with the scripts here and with espeak-ng.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { LANGUAGES, makeSpeech } from "./speech.mjs";

const here = dirname(fileURLToPath(import.meta.url));

async function key() {
	const hash = createHash("sha256");
	for (const name of (await readdir(here)).sort()) hash.update(await readFile(join(here, name)));
	try {
		hash.update(execFileSync("espeak-ng", ["--version"]));
	} catch {
		throw new Error("espeak-ng was not found (Debian: espeak-ng)");
	}
	return hash.digest("hex").slice(0, 16);
}

/** For each language the path of its file and the index into it. */
export async function keptSpeech() {
	const folder = join(here, "../node_modules/.cache/speech", await key());
	await mkdir(folder, { recursive: true });
	const out = {};
	for (const language of LANGUAGES) {
		const path = join(folder, `speech-${language}.wav`);
		const indexPath = join(folder, `speech-${language}.json`);
		let index = await readFile(indexPath, "utf8").then(JSON.parse, () => null);
		if (index === null) {
			const made = await makeSpeech(language);
			index = made.index;
			/* The index last and whole: where it is, the sound is complete. */
			await writeFile(path, made.wav);
			await writeFile(`${indexPath}.${process.pid}`, JSON.stringify(index));
			await rename(`${indexPath}.${process.pid}`, indexPath);
		}
		out[language] = { path, index };
	}
	return out;
}
