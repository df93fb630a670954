// kill -9 of the server and of PostgreSQL under load, against a ledger of acknowledged
// trials: none may be lost, none stored twice, none stored that was never sent.
//
//   CAMP_FAULT_SEED=N     what happens when (printed; default: random)
//   CAMP_FAULT_KILLS=N    kills (6); CAMP_FAULT_CLIENTS=N  clients (48)
import assert from "node:assert/strict";
import { test } from "node:test";
import { createCluster, kill9Tree, privateCluster } from "../support/cluster.mjs";
import { startCamp } from "../support/camp.mjs";
import { sleep, until } from "../support/proc.mjs";
import { makeRandom } from "./content.mjs";
import { RECOVERY_MS, besiege, seedOf } from "./siege.mjs";

const seed = seedOf();
const kills = Number(process.env.CAMP_FAULT_KILLS ?? 6);
const clients = Number(process.env.CAMP_FAULT_CLIENTS ?? 48);

// Every victim in turn, as the whole must contain each; what else, the seed decides.
function plan(random, victims, n, strike) {
	return Array.from({ length: n }, (_, i) => {
		const name = victims[i < victims.length ? i : random.below(victims.length)];
		const luck = random();
		return { name, waitMs: random.between(800, 3000), strike: () => strike(name, luck) };
	});
}

// With PostgreSQL still in recovery a start may fail; a supervisor tries again.
const serverUp = (camp) =>
	until("the server's start", RECOVERY_MS, () => camp.start().then(() => true, () => sleep(200)));

test(`kill -9 under load loses no acknowledged trial (seed ${seed})`, { timeout: 600000 }, async (t) => {
	const cluster = await createCluster({ settings: { max_connections: 64, wal_compression: "on" } });
	let camp;
	try {
		await cluster.createDatabase("camp");
		camp = await startCamp({ databaseUrl: cluster.url("camp") });
		const strike = async (victim, luck) => {
			if (victim === "a backend") return cluster.kill9Backend("camp", luck);
			if (victim === "nobody, but SIGTERM to the server") {
				assert.deepEqual(await camp.end("SIGTERM"), { code: 0, signal: null });
				return serverUp(camp);
			}
			if (victim !== "PostgreSQL") await camp.kill9();
			if (victim !== "the server") await cluster.kill9();
			return Promise.all([
				victim === "the server" ? null : cluster.start(),
				victim === "PostgreSQL" ? null : serverUp(camp),
			]);
		};
		const blows = plan(makeRandom(seed, 1), ["the server", "PostgreSQL", "both", "a backend", "nobody, but SIGTERM to the server"], kills, strike);
		await besiege(t, { seed, camp, cluster, clients, blows });
	} finally {
		await camp?.stop();
		await cluster.remove();
	}
});

test(`the private cluster comes back by itself (seed ${seed})`, { timeout: 300000 }, async (t) => {
	const camp = await startCamp();
	try {
		const cluster = privateCluster(camp.stateDir);
		const strike = async (victim) => {
			const { pid } = cluster;
			if (victim !== "PostgreSQL") await camp.kill9();
			if (victim !== "the server") await kill9Tree(pid);
			if (victim !== "PostgreSQL") await serverUp(camp);
		};
		const blows = plan(makeRandom(seed, 3), ["PostgreSQL", "the server", "both"], Math.ceil(kills / 2), strike);
		await besiege(t, { seed, camp, cluster, clients: Math.ceil(clients / 2), blows });
	} finally {
		await camp.stop();
	}
});
