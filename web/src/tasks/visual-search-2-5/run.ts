/** A 2 among 5s: the slopes of a search by the place of strokes. */
import { searchTask } from "../visual-search/run";

export const visualSearch25 = searchTask("visual-search-2-5", { base_ms: 500, present_ms: 43, absent_ms: 95 });
