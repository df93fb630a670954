// Builds and runs the database tests written in C; each of their cases is reported here.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const source = join(dirname(fileURLToPath(import.meta.url)), "../..");
const build = process.env.CAMP_BUILD_DIR ?? join(source, "build");
const program = "tests/integration/db/run";
const suites = [...readFileSync(join(source, "tests/integration/db/suites.def"), "utf8")
  .matchAll(/^SUITE\((\w+)\)$/gm)].map((match) => match[1]);

function run(command, args, timeout) {
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, {
    cwd: build,
    encoding: "utf8",
    timeout,
  });
  return { failed: status !== 0, text: `${stdout}${stderr}${error ?? ""}${signal ?? ""}` };
}

test("the program of the database tests builds", () => {
  const { failed, text } = run("make", [program], 300_000);
  assert.ok(!failed && existsSync(join(build, program)), text);
});

for (const suite of suites) {
  test(`database: ${suite}`, () => {
    const { failed, text } = run(join(build, program), [suite], 300_000);
    assert.ok(!failed, text);
  });
}
