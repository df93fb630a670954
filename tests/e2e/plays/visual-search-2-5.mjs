// A 2 among 5s: each digit is one stroke of six points; that of a 2 begins on the left.
export { exposures, keys, shortened, trials, wrong } from "./visual-search.mjs";

export const answer = (items) => {
	const digits = items.filter((i) => i.path?.length === 6);
	if (digits.length === 0) return null;
	const target = digits.some(({ path: [[x0], [x1]] }) => x0 < x1);
	return { response: target ? "present" : "absent", size: digits.length };
};
