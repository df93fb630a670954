// Search for a colour: is one of the bars red?
import { taskOf } from "./task.mjs";

const { red, green } = taskOf("visual-search-feature").stimuli.colours;

export { exposures, keys, shortened, trials, wrong } from "./visual-search.mjs";

export const answer = (items) => {
	const bars = items.filter((i) => i.w !== undefined && (i.colour === red || i.colour === green));
	if (bars.length === 0) return null;
	return { response: bars.some((b) => b.colour === red) ? "present" : "absent", size: bars.length };
};
