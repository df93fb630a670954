// The container image: built from the release tarball exactly as docker/Dockerfile says,
// then run against a real PostgreSQL. Needs root, buildah and debootstrap.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, idempotencyKey, makeClient } from "../support/api.mjs";
import { createCluster } from "../support/cluster.mjs";
import { childrenOf, freePort, until } from "../support/proc.mjs";
import { openBuildah } from "./buildah.mjs";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const BUILD = process.env.CAMP_BUILD_DIR ?? path.join(ROOT, "build");
const IMAGE = "camp:test";
const run = promisify(execFile);
const sh = (command, options = {}) => run("sh", ["-ec", command], { maxBuffer: 64 * 1024 * 1024, ...options });

let work, box, container, cluster, server, port;

// What Docker's library calls debian:bookworm-slim, near enough; kept for a week.
async function baseTar() {
	const tar = path.join(BUILD, "docker", "base.tar");
	if (existsSync(tar) && Date.now() - statSync(tar).mtimeMs < 7 * 86400e3) return tar;
	mkdirSync(path.dirname(tar), { recursive: true });
	const tree = path.join(work, "base");
	await sh(`debootstrap --variant=minbase bookworm ${tree} >${work}/debootstrap.log 2>&1 ||
		{ tail -n 20 ${work}/debootstrap.log >&2; exit 1; }`);
	// How this machine reaches its packages.
	cpSync("/etc/apt/apt.conf.d", path.join(tree, "etc/apt/apt.conf.d"), { recursive: true });
	await sh(`rm -rf ${tree}/var/cache/apt/archives/*.deb; tar -C ${tree} -cf ${tar}.new .`);
	renameSync(`${tar}.new`, tar);
	rmSync(tree, { recursive: true, force: true });
	return tar;
}

// The source tree as a release has it.
async function releaseTree() {
	await sh("make -s dist", { cwd: BUILD });
	const tarball = readdirSync(BUILD).filter((name) => /^camp-.*\.tar\.xz$/.test(name)).at(-1);
	await sh(`mkdir -p ${work}/tree && tar -C ${work}/tree --strip-components=1 -xf ${BUILD}/${tarball}`);
	return path.join(work, "tree");
}

const options = () => ({
	volumes: [`${cluster.home}:/run/database`],
	env: {
		DATABASE_URL: "postgresql:///camp?host=/run/database&user=postgres",
		CAMP_ADDRESS: "127.0.0.1", CAMP_PORT: String(port), CAMP_DEMO: "true",
	},
});

// The program itself, below buildah and the shells it runs it through.
function campPid(pid) {
	for (const child of childrenOf(pid)) {
		if (readFileSync(`/proc/${child}/cmdline`, "latin1").startsWith("/usr/local/bin/camp\0")) return child;
		const found = campPid(child);
		if (found) return found;
	}
	return 0;
}

async function startServer() {
	const child = container.start(["/usr/local/bin/camp", "serve"], options());
	let out = "";
	for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => { out += data; });
	const ended = new Promise((resolve) => child.on("exit", (code) => resolve(code)));
	await until("the server in the container", 60000, async () => {
		assert.equal(child.exitCode, null, `it ended:\n${out.slice(-2000)}`);
		return /\/join\/[A-Z0-9]{8}/.test(out);
	});
	return { child, ended, out: () => out, joinCode: /\/join\/([A-Z0-9]{8})/.exec(out)[1] };
}

before(async () => {
	work = mkdtempSync(path.join(BUILD, "docker-test-"));
	port = await freePort();
	// A folder that the container's user may enter, for the socket.
	const home = mkdtempSync(path.join(tmpdir(), "camp-image-"));
	chmodSync(home, 0o755);
	const postgres = readFileSync("/etc/passwd", "utf8").split("\n").map((line) => line.split(":"))
		.find((user) => ["camp-db", "postgres"].includes(user[0]));
	if (postgres) chownSync(home, Number(postgres[2]), Number(postgres[3]));
	cluster = await createCluster({ dir: home });
	await cluster.createDatabase("camp");
	box = await openBuildah(path.join(work, "buildah"));
}, { timeout: 60000 });

after(async () => {
	server?.child.kill("SIGKILL");
	await cluster?.remove();
	await box?.remove();
	if (work) rmSync(work, { recursive: true, force: true });
});

test("the image is built from the release tarball", { timeout: 600000 }, async () => {
	await box.importBase("debian:bookworm-slim", await baseTar());
	await box.build(IMAGE, await releaseTree(), "docker/Dockerfile");
	container = await box.container(IMAGE);
});

test("it says who runs it, what to run and how to ask for its health", async () => {
	const { Docker: docker } = await box.inspect(IMAGE);
	assert.equal(docker.config.User, "10001:10001");
	assert.deepEqual(docker.config.Entrypoint, ["/usr/local/bin/camp"]);
	assert.deepEqual(docker.config.Cmd, ["serve"]);
	assert.deepEqual(docker.config.Healthcheck.Test, ["CMD", "/usr/local/bin/camp", "health"]);
	assert.deepEqual(Object.keys(docker.config.ExposedPorts), ["8080/tcp"]);
});

test("it holds the program and its data, but no compiler and no Node", async () => {
	assert.match(await container.run(["/usr/local/bin/camp", "--version"]), /^camp \d/);
	assert.equal(await container.run(["id", "-u"]), "10001");
	const listing = await container.run(["sh", "-c",
		"ls /usr/local/share/camp; ls /usr/bin/gcc /usr/bin/node 2>/dev/null; true"]);
	assert.deepEqual(listing.split("\n").filter((name) => name.startsWith("/")), []);
	for (const folder of ["migrations", "server", "tasks", "web"]) assert.ok(listing.split("\n").includes(folder), folder);
});

test("camp health fails while nothing runs", async () => {
	await assert.rejects(container.run(["/usr/local/bin/camp", "health"], options()), /does not answer/);
});

test("it migrates, serves people, and reports its health", { timeout: 120000 }, async () => {
	await container.run(["/usr/local/bin/camp", "migrate"], options());
	server = await startServer();
	await container.run(["/usr/local/bin/camp", "health", "--ready"], options());

	const client = makeClient(`http://127.0.0.1:${port}`);
	const { tasks } = expect(await client.request("GET", "/tasks"), 200);
	assert.ok(tasks.length >= 2);
	const { token } = expect(await client.request("POST", "/join",
		{ key: idempotencyKey(), body: { code: server.joinCode, consent_version: 1 } }), 201);
	expect(await client.request("POST", "/sessions", { token, key: idempotencyKey(), body: { task: "stroop" } }), 201);

	const page = await fetch(`http://127.0.0.1:${port}/join/${server.joinCode}`);
	assert.equal(page.status, 200);
	assert.match(page.headers.get("content-security-policy"), /default-src 'none'/);
	const asset = /(?:src|href)="(\/assets\/[^"]+)"/.exec(await page.text());
	assert.equal((await fetch(`http://127.0.0.1:${port}${asset[1]}`)).status, 200);
});

test("SIGTERM ends it in order", { timeout: 30000 }, async () => {
	process.kill(campPid(server.child.pid), "SIGTERM");
	assert.equal(await server.ended, 0, server.out().slice(-2000));
});

test("started again it has its data", { timeout: 60000 }, async () => {
	const code = server.joinCode;
	server = await startServer();
	assert.equal(server.joinCode, code);
	process.kill(campPid(server.child.pid), "SIGTERM");
	assert.equal(await server.ended, 0);
});
