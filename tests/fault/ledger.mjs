// The ledger: what the server acknowledged, written to a file before the client goes on;
// and the check of a database against it.
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { difference } from "./content.mjs";

const SEQ_MAX = 4096; // trials of a session in these tests
const ACKED = 1; // bits of a session's map, by seq
const SENT = 2;
const CONFLICT_SENT = 4;
const CONFLICT_ACKED = 8;

const digest = (trials) => createHash("sha1").update(JSON.stringify(trials)).digest("hex").slice(0, 16);
const range = (from, n) => Array.from({ length: n }, (_, i) => from + i);

/**
 * Lines of the file: kind, session index, first seq, number, digest of the trials sent.
 *   S sent    A acknowledged    s, a the same for trials sent to conflict    C completed
 */
export class Ledger {
	constructor(file) {
		this.file = file;
		this.fd = openSync(file, "a");
		this.sessions = []; // {id, participant}
		this.acknowledged = 0;
	}

	session(id, participant) {
		this.sessions.push({ id, participant });
		return this.sessions.length - 1;
	}

	#line(kind, session, from, n, text) {
		writeSync(this.fd, `${kind} ${session} ${from} ${n} ${text}\n`);
	}

	sent(session, trials, variant) {
		this.#line(variant ? "s" : "S", session, trials[0].seq, trials.length, digest(trials));
	}

	acked(session, trials, variant, stored) {
		this.#line(variant ? "a" : "A", session, trials[0].seq, trials.length, digest(trials));
		this.acknowledged += stored;
	}

	completed(session, trials) {
		this.#line("C", session, 0, trials, "-");
	}

	close() {
		closeSync(this.fd);
	}

	/** The file as maps: Uint8Array of bits a session, and the sealed numbers of trials. */
	read(trial) {
		const maps = this.sessions.map(() => new Uint8Array(SEQ_MAX));
		const sealed = new Map();
		for (const line of readFileSync(this.file, "latin1").split("\n")) {
			if (line === "") continue;
			const [kind, session, from, n, text] = line.split(" ");
			if (kind === "C") {
				sealed.set(Number(session), Number(n));
				continue;
			}
			const variant = kind === "s" || kind === "a" ? 1 : 0;
			const seqs = range(Number(from), Number(n));
			if (digest(seqs.map((seq) => trial(Number(session), seq, variant))) !== text)
				throw new Error(`the ledger's line "${line}" is not what was sent`);
			const bit = { S: SENT, A: SENT | ACKED, s: CONFLICT_SENT, a: CONFLICT_SENT | CONFLICT_ACKED }[kind];
			for (const seq of seqs) maps[Number(session)][seq] |= bit;
		}
		return { maps, sealed };
	}
}

// A line of JSON a row; the odd quote and delimiter keep COPY from escaping anything.
async function* rows(cluster, database, sql) {
	await cluster.query(database, "SELECT 1"); // waits for the end of a recovery
	const child = cluster.copyOut(database, sql);
	let code;
	child.on("exit", (c) => { code = c; });
	for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) yield JSON.parse(line);
	while (code === undefined) await new Promise((r) => setTimeout(r, 5));
	if (code !== 0) throw new Error(`psql ended with ${code}`);
}

const CELLS = `SELECT json_build_array(session_id, participant_id, cell, present, trial, condition::int[], correct,
	rt_ms, onset_ms, difficulty, response::int[], flags, detail) FROM trial_cell ORDER BY session_id, cell`;
const COLUMNS = ["trial", "condition", "correct", "rt_ms", "onset_ms", "difficulty", "response", "flags", "detail"];

function cellTrials(cell, present, arrays, fault) {
	const bits = range(0, 32).filter((i) => (present >>> i) & 1);
	arrays[8] = arrays[8] === null ? null : JSON.parse(arrays[8]);
	for (let c = 0; c < COLUMNS.length; c++)
		if (arrays[c] !== null && arrays[c].length !== bits.length)
			fault(`cell ${cell}: ${bits.length} trials present, ${arrays[c].length} in ${COLUMNS[c]}`);
	return bits.map((bit, i) => ({
		seq: 32 * cell + bit,
		...Object.fromEntries(COLUMNS.map((name, c) => [name, arrays[c]?.[i]])),
	}));
}

/**
 * Compares the database with the ledger. What it found: {acknowledged, stored, conflicts,
 * sealed, faults}, faults being sentences, at most 20 of them.
 */
export async function verify(ledger, cluster, database, trial, task) {
	const { maps, sealed } = ledger.read(trial);
	const index = new Map(ledger.sessions.map((s, i) => [s.id, i]));
	const faults = [];
	const fault = (text) => { if (faults.length < 20) faults.push(text); };
	const seen = maps.map(() => new Uint8Array(SEQ_MAX));
	let stored = 0;

	for await (const [id, participant, cell, present, ...arrays] of rows(cluster, database, CELLS)) {
		const session = index.get(id);
		if (session === undefined) continue; // the demo's own
		const name = `session ${session}`;
		if (participant !== ledger.sessions[session].participant) fault(`${name}: a cell of another participant`);
		for (const t of cellTrials(cell, present, arrays, (text) => fault(`${name}, ${text}`))) {
			stored++;
			if (seen[session][t.seq]++) fault(`${name}: trial ${t.seq} is stored twice`);
			if (!(maps[session][t.seq] & SENT)) fault(`${name}: trial ${t.seq} was never sent`);
			const field = difference(t, trial(session, t.seq), task);
			if (field) fault(`${name}: trial ${t.seq} differs in ${field}: ${JSON.stringify(t)}`);
		}
	}
	let acknowledged = 0;
	maps.forEach((map, session) => map.forEach((bits, seq) => {
		if (!(bits & ACKED)) return;
		acknowledged++;
		if (!seen[session][seq]) fault(`session ${session}: trial ${seq} was acknowledged and is lost`);
	}));
	const conflicts = await verifyConflicts(maps, index, cluster, database, fault);
	await verifySealed(sealed, ledger, cluster, database, fault);
	return { acknowledged, stored, conflicts, sealed: sealed.size, faults };
}

async function verifyConflicts(maps, index, cluster, database, fault) {
	const seen = new Set();
	for await (const [id, seq, n] of rows(cluster, database,
		"SELECT json_build_array(session_id, seq, count(*)) FROM trial_conflict GROUP BY session_id, seq")) {
		const session = index.get(id);
		seen.add(`${session} ${seq}`);
		if (session === undefined || !(maps[session][seq] & CONFLICT_SENT)) fault(`a conflict at ${session}/${seq} that was never sent`);
		if (n !== 1) fault(`session ${session}: the conflict at ${seq} is stored ${n} times`);
	}
	maps.forEach((map, session) => map.forEach((bits, seq) => {
		if (bits & CONFLICT_ACKED && !seen.has(`${session} ${seq}`))
			fault(`session ${session}: the conflict at ${seq} was acknowledged and is lost`);
	}));
	return seen.size;
}

async function verifySealed(sealed, ledger, cluster, database, fault) {
	const stored = new Map();
	for await (const [id, trials] of rows(cluster, database,
		"SELECT json_build_array(session_id, trials) FROM session WHERE state = 'complete'"))
		stored.set(id, trials);
	for (const [session, trials] of sealed)
		if (stored.get(ledger.sessions[session].id) !== trials)
			fault(`session ${session} was completed with ${trials} trials, the database says ${stored.get(ledger.sessions[session].id)}`);
}
