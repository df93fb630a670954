// The command line that the benchmarks share. What was measured is printed as a Markdown
// table; benches of the service pass or fail not by time but by a request that failed or a
// trial lost, that of the model by its bars against the peer.
import { parseArgs } from "node:util";

const HELP = `  --connections N[,N...]  keep-alive connections (64)
  --seconds S             of one run (6)
  --runs N                of each server (5)
  --warm-up S             seconds before the first run (4)
  --quick                 2 runs of 2 seconds
  --json                  the result as JSON
`;

const number = (text, otherwise) => (text === undefined ? otherwise : Number(text));

/**
 * Runs bench(options) with the options of the command line and prints what it returns:
 * {data, markdown, faults}. `help` is the top of the help text; `extra` more options, each
 * {type, default, help}.
 */
export async function main(bench, help, extra = {}) {
	const usage = () => `${help}\n${Object.values(extra).map((o) => o.help).join("")}${HELP}`;
	const { values } = parseArgs({
		options: {
			connections: { type: "string", default: "64" },
			seconds: { type: "string" },
			runs: { type: "string" },
			"warm-up": { type: "string" },
			quick: { type: "boolean", default: false },
			json: { type: "boolean", default: false },
			help: { type: "boolean", default: false },
			...Object.fromEntries(Object.entries(extra).map(([name, o]) => [name, { type: o.type, default: o.default }])),
		},
	});
	if (values.help) {
		process.stdout.write(usage());
		return;
	}
	const options = {
		...values,
		connections: values.connections.split(",").map(Number),
		seconds: number(values.seconds, values.quick ? 2 : 6),
		runs: number(values.runs, values.quick ? 2 : 5),
		warmUp: number(values["warm-up"], values.quick ? 1 : 4),
		say: (line) => process.stderr.write(`${line}\n`),
	};
	if ([...options.connections, options.seconds, options.runs, options.warmUp].some((n) => !(n > 0))) {
		process.stderr.write(usage());
		process.exitCode = 2;
		return;
	}
	try {
		const { data, markdown, faults } = await bench(options);
		process.stdout.write(values.json ? `${JSON.stringify(data, null, 1)}\n` : markdown);
		for (const fault of faults) process.stderr.write(`bench: ${fault}\n`);
		process.exitCode = faults.length > 0 ? 1 : 0;
	} catch (error) {
		process.stderr.write(`bench: ${error.message}\n`);
		process.exitCode = 1;
	}
}
