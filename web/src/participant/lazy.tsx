/** Pages whose code is loaded when they are first opened. */
import type { ComponentType } from "preact";
import { useLoaded } from "./context";
import { Failure, Loading } from "./parts";

/** `load` is asked once a page; a failure can be tried again. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
	return function Lazy(props: P) {
		const loaded = useLoaded(async () => ({ Page: await load() }), null);
		if (loaded.error !== null) return <Failure error={loaded.error} onRetry={loaded.reload} />;
		if (loaded.value === null) return <Loading />;
		const { Page } = loaded.value;
		return <Page {...props} />;
	};
}
