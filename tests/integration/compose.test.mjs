// docker/compose.yaml and docker/make-secrets.sh agree with each other and the program.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { parse } from "yaml";
import { BIN, ROOT } from "../support/server.mjs";

const compose = parse(readFileSync(path.join(ROOT, "docker/compose.yaml"), "utf8"), { merge: true });
const folder = mkdtempSync(path.join(tmpdir(), "camp-compose-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("make-secrets.sh makes every secret that compose.yaml names, once", () => {
	const docker = path.join(folder, "docker");
	mkdirSync(docker);
	cpSync(path.join(ROOT, "docker/make-secrets.sh"), path.join(docker, "make-secrets.sh"));
	const make = () => execFileSync("sh", [path.join(docker, "make-secrets.sh")]);
	make();
	const files = Object.values(compose.secrets).map((secret) => path.join(docker, secret.file));
	const first = files.map((file) => readFileSync(file, "utf8"));
	make();
	assert.deepEqual(files.map((file) => readFileSync(file, "utf8")), first);
	assert.equal(statSync(path.join(docker, "secrets")).mode & 0o077, 0, "the folder keeps others out");

	const password = readFileSync(path.join(docker, "secrets/postgres_password"), "utf8").trim();
	const url = new URL(readFileSync(path.join(docker, "secrets/database_url"), "utf8").trim());
	assert.equal(url.password, password);
	assert.ok(compose.services[url.hostname], "the URL names the service of the database");
	assert.equal(url.username, compose.services[url.hostname].environment.POSTGRES_USER);
	assert.equal(url.pathname.slice(1), compose.services[url.hostname].environment.POSTGRES_DB);
	assert.match(readFileSync(path.join(docker, "secrets/camp_secret"), "utf8"), /^[0-9a-f]{64}\n$/);
});

test("the program knows every setting that compose.yaml gives it", () => {
	const help = execFileSync(BIN, ["serve", "--help"], { encoding: "utf8" });
	for (const name of ["camp", "migrate"]) {
		for (const key of Object.keys(compose.services[name].environment)) {
			const flag = key.replace(/^CAMP_/, "").replace(/_FILE$/, "").toLowerCase().replaceAll("_", "-");
			assert.match(help, new RegExp(`--${flag}\\b`), `${key} of ${name}`);
		}
	}
});

test("each service gets secrets, volumes and a start order that exist", () => {
	for (const [name, service] of Object.entries(compose.services)) {
		for (const secret of service.secrets ?? []) assert.ok(compose.secrets[secret], `${name}: ${secret}`);
		for (const volume of service.volumes ?? []) assert.ok(volume.split(":")[0] in compose.volumes, `${name}: ${volume}`);
		for (const other of Object.keys(service.depends_on ?? {})) assert.ok(compose.services[other], `${name}: ${other}`);
	}
	assert.equal(compose.services.camp.depends_on.migrate.condition, "service_completed_successfully");
	assert.deepEqual(compose.services.camp.ports, ["127.0.0.1:8080:8080"]);
});

test("Dockerfile and handbook install what ./dev build installs", () => {
	const read = (file) => readFileSync(path.join(ROOT, file), "utf8");
	const packages = /^build_packages=\(([^)]+)\)/m.exec(read("dev"))[1].trim().split(/\s+/);
	const words = (pattern, file) => pattern.exec(read(file))[1].split(/[\s\\]+/);
	const stage = words(/AS build\n([\s\S]*?)&& rm -rf/, "docker/Dockerfile");
	const install = words(/apt-get install --no-install-recommends ([\s\S]*?)\n\.\/configure/, "docs/operations.md");
	for (const name of packages) {
		assert.ok(stage.includes(name), `docker/Dockerfile lacks ${name}`);
		// From the tarball the build system needs no making.
		if (!name.startsWith("auto")) assert.ok(install.includes(name), `docs/operations.md lacks ${name}`);
	}
});
