// The peer of `./dev bench ingest`: the trials route as a competent user of Fastify and pg
// would write it. One process, a pool of 16, validation compiled from a JSON schema, one
// prepared multi-row INSERT a request, no logging.
//
//   DATABASE_URL, PEER_PORT, PEER_KEY (hex), PEER_TASK (JSON: name, conditions, responses)
import Fastify from "fastify";
import pg from "pg";
import { tokenCheck } from "./token.mjs";

const task = JSON.parse(process.env.PEER_TASK);
const key = Buffer.from(process.env.PEER_KEY, "hex");
const code = (names) => new Map(names.map((name, i) => [name, i]));
const conditionCode = code(task.conditions);
const responseCode = code(task.responses);
const FLAGS = ["touch", "frames_dropped", "blurred", "resumed", "catch", "timeout"];
const flagBit = new Map(FLAGS.map((name, i) => [name, 1 << i]));

const body = {
	type: "object",
	required: ["trials"],
	additionalProperties: false,
	properties: {
		trials: {
			type: "array",
			minItems: 1,
			maxItems: 1024,
			items: {
				type: "object",
				required: ["seq", "condition", "correct", "rt_ms"],
				additionalProperties: false,
				properties: {
					seq: { type: "integer", minimum: 0, maximum: 99999 },
					condition: { type: "string", enum: task.conditions },
					correct: { type: "boolean" },
					rt_ms: { type: ["number", "null"], minimum: 0, maximum: 600000 },
					onset_ms: { type: ["number", "null"], minimum: 0, maximum: 86400000 },
					response: { type: ["string", "null"], enum: [...task.responses, null] },
					difficulty: { type: ["number", "null"], minimum: -1e6, maximum: 1e6 },
					flags: { type: "array", maxItems: 6, items: { type: "string", enum: FLAGS } },
					trial: { type: ["integer", "null"], minimum: 0, maximum: 1000000 },
					detail: { type: ["object", "null"] },
				},
			},
		},
	},
};
const answer = {
	200: {
		type: "object",
		properties: {
			stored: { type: "integer" },
			repeated: { type: "integer" },
			conflicting: { type: "integer" },
		},
	},
};

const INSERT = {
	name: "trials_insert",
	text: `INSERT INTO trial (participant_id, session_id, organisation_id, task, task_version,
		seq, trial, condition, correct, rt_ms, onset_ms, difficulty, response, flags, detail)
	SELECT $1, $2, $3, $4, $5, t.*
	  FROM unnest($6::int[], $7::int[], $8::smallint[], $9::bool[], $10::real[],
		$11::float8[], $12::real[], $13::smallint[], $14::smallint[], $15::jsonb[]) AS t
	ON CONFLICT DO NOTHING`,
};

// Array literals by hand: pg looks at the type of every element of an array it is given.
const numbers = (trials, of) => {
	let text = "{";
	for (let i = 0; i < trials.length; i++) {
		const v = of(trials[i]);
		text += (i > 0 ? "," : "") + (v ?? "NULL");
	}
	return text + "}";
};
const quote = (text) => `"${text.replace(/["\\]/g, "\\$&")}"`;

function values(who, trials) {
	return [
		who.participant, who.session, who.organisation, who.task, who.version,
		numbers(trials, (t) => t.seq),
		numbers(trials, (t) => t.trial),
		numbers(trials, (t) => conditionCode.get(t.condition)),
		numbers(trials, (t) => t.correct),
		numbers(trials, (t) => t.rt_ms),
		numbers(trials, (t) => t.onset_ms),
		numbers(trials, (t) => t.difficulty),
		numbers(trials, (t) => responseCode.get(t.response)),
		numbers(trials, (t) => (t.flags ?? []).reduce((bits, f) => bits | flagBit.get(f), 0)),
		numbers(trials, (t) => t.detail && quote(JSON.stringify(t.detail))),
	];
}

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 16, min: 16, idleTimeoutMillis: 0 });
pool.on("error", (e) => console.error(`peer: ${e.message}`));

const app = Fastify({
	logger: false,
	bodyLimit: 256 * 1024,
	ajv: { customOptions: { removeAdditional: false, coerceTypes: false, strictTypes: false } },
});
app.decorateRequest("who", null);

async function authorise(request, reply) {
	const header = request.headers.authorization ?? "";
	const who = header.startsWith("Bearer ") && tokenCheck(key, header.slice(7), Date.now() / 1000);
	if (!who) return reply.code(401).send({ code: "token_invalid" });
	if (who.session !== request.params.session) return reply.code(403).send({ code: "not_yours" });
	request.who = who;
}

app.post("/api/v1/sessions/:session/trials",
	{ schema: { body, response: answer }, onRequest: authorise },
	async (request) => {
		const { trials } = request.body;
		const result = await pool.query({ ...INSERT, values: values(request.who, trials) });
		const stored = result.rowCount;
		return { stored, repeated: trials.length - stored, conflicting: 0 };
	});

// Connected and prepared before the first request, as a warm server is.
await Promise.all(Array.from({ length: 16 }, () => pool.query("SELECT pg_sleep(0.05)")));
await app.listen({ port: Number(process.env.PEER_PORT), host: "127.0.0.1", backlog: 4096 });
console.log("ready");
process.on("SIGTERM", () => process.exit(0));
