/** A red bar among green ones: the slopes of a search for a colour. */
import { searchTask } from "../visual-search/run";

export const visualSearchFeature = searchTask("visual-search-feature", { base_ms: 460, present_ms: 0.5, absent_ms: 0.5 });
