/** A session's parameters: the defaults, over them the programme's, over these the address's. */
import { acceptedParameters, type Definition, type Parameters, parametersOf } from "../tasks/definition";
import type { LocalSession } from "./store";

type Sources = Pick<LocalSession, "parameters" | "overrides">;

/** Those that are set at all; stored with the session, so that its trials can be understood. */
export function setParameters(def: Definition, session: Sources): Record<string, number | number[]> {
	return { ...acceptedParameters(def, session.parameters ?? {}), ...session.overrides };
}

export function effectiveParameters(def: Definition, session: Sources): Parameters {
	return parametersOf(def, setParameters(def, session));
}
