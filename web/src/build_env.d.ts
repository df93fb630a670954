/* Style sheets are bundled by the build; importing one gives nothing. */
declare module "*.css";

/** Address of the attention model's WebAssembly module; its path in tests. */
declare const ENGAGEMENT_MODULE: string;

/** The same of adaptive difficulty's. */
declare const ADAPTIVE_MODULE: string;

/**
 * What is spoken, by language: the address of its file (its path in tests) and, in samples
 * at `rate`, start and length of each digit and of the babble.
 */
declare const SPEECH: Readonly<
	Record<string, { file: string; rate: number; digits: readonly [number, number][]; noise: [number, number] }>
>;

/** Folders of the task definitions and of stored reference files, for tests. */
declare const TASKS_DIR: string;
declare const REFERENCE_DIR: string;

/* As much of Node as the tests use. */
declare module "node:test" {
	export function test(name: string, body: () => void | Promise<void>): void;
}
declare module "node:assert/strict" {
	const assert: {
		ok(value: unknown, message?: string): asserts value;
		equal(actual: unknown, expected: unknown, message?: string): void;
		deepEqual(actual: unknown, expected: unknown, message?: string): void;
		notDeepEqual(actual: unknown, expected: unknown, message?: string): void;
		throws(body: () => unknown, expected?: RegExp): void;
		rejects(body: () => Promise<unknown>, expected?: RegExp): Promise<void>;
	};
	export default assert;
}
declare module "node:fs" {
	export function readFileSync(path: string, encoding: "utf8"): string;
	export function readFileSync(path: string): Uint8Array<ArrayBuffer>;
}
