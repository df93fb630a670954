// Containers without Docker: buildah as root, in a storage of its own, needing no daemon.
//
//   const box = await openBuildah(folder);
//   await box.importBase("debian:bookworm-slim", "base.tar");
//   await box.build("camp:test", context, "docker/Dockerfile");
//   const container = await box.container("camp:test");
//   await container.run(["camp", "--version"]);
//   await box.remove();
import { execFile, spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const MAX_BUFFER = 64 * 1024 * 1024;

export async function openBuildah(folder) {
	mkdirSync(folder, { recursive: true });
	const args = ["--root", path.join(folder, "storage"), "--runroot", path.join(folder, "run"), "--storage-driver", "vfs"];
	const buildah = async (...more) =>
		(await run("buildah", [...args, ...more], { maxBuffer: MAX_BUFFER })).stdout.trim();

	async function container(image) {
		const id = await buildah("from", "--pull-never", `localhost/${image}`);
		const runArgs = ({ volumes = [], env = {} }, command) => [
			"run", "--isolation", "chroot",
			...volumes.flatMap((v) => ["--volume", v]),
			...Object.entries(env).flatMap(([k, v]) => ["--env", `${k}=${v}`]),
			id, "--", ...command,
		];
		return {
			id,
			/** Runs a command to its end; what it printed, trimmed. */
			run: (command, options = {}) => buildah(...runArgs(options, command)),
			/** Starts a command; a child process with pipes for stdout and stderr. */
			start: (command, options = {}) =>
				spawn("buildah", [...args, ...runArgs(options, command)], { stdio: ["ignore", "pipe", "pipe"] }),
		};
	}

	return {
		/** Makes an image of a root file system's tar archive. */
		async importBase(name, tar) {
			const id = await buildah("from", "scratch");
			await buildah("add", "--quiet", id, tar, "/");
			await buildah("commit", "--quiet", "--format", "docker", id, name);
			await buildah("rm", id);
		},
		build: (name, context, file) =>
			buildah("bud", "--isolation", "chroot", "--pull-never", "--format", "docker", "--layers=false",
				"--tag", name, "--file", path.join(context, file), context),
		inspect: async (name) => JSON.parse(await buildah("inspect", "--type", "image", `localhost/${name}`)),
		container,
		async remove() {
			await buildah("rm", "--all").catch(() => {});
			await buildah("rmi", "--all", "--force").catch(() => {});
			rmSync(folder, { recursive: true, force: true });
		},
	};
}
