/** Offers to install the app: once, quietly, and where the browser has no offer, in words. */
import { useEffect, useState } from "preact/hooks";
import { useText } from "../i18n/messages";
import { useApp, useLoaded } from "./context";

/** Chromium's event, which TypeScript's own types leave out. */
interface InstallOffer extends Event {
	prompt(): Promise<unknown>;
}

let offer: InstallOffer | null = null;
const listeners = new Set<() => void>();

/** Called before the first page: the event comes early and only once. */
export function listenForOffer(): void {
	addEventListener("beforeinstallprompt", (event) => {
		event.preventDefault();
		offer = event as InstallOffer;
		for (const listener of listeners) listener();
	});
	addEventListener("appinstalled", () => {
		offer = null;
		for (const listener of listeners) listener();
	});
}

const installed = (): boolean =>
	matchMedia("(display-mode: standalone)").matches || (navigator as { standalone?: boolean }).standalone === true;

/** Safari on phones and tablets installs by hand only; it alone has `standalone`. */
const byHand = (): boolean => "standalone" in navigator && navigator.maxTouchPoints > 0;

export function Install() {
	const { t } = useText();
	const { store } = useApp();
	const refused = useLoaded(() => store.get<boolean>("install-refused").then((v) => v === true), null);
	const [, redraw] = useState(0);
	useEffect(() => {
		const listener = () => redraw((n) => n + 1);
		listeners.add(listener);
		return () => void listeners.delete(listener);
	}, []);
	if (refused.value !== false || installed() || (offer === null && !byHand())) return null;
	const never = () => void store.set("install-refused", true).then(refused.reload);
	const install = () => {
		const asked = offer;
		offer = null;
		void asked?.prompt().catch(() => undefined);
		never();
	};
	return (
		<section class="install" data-part="install">
			<p>{t(offer === null ? "install.by_hand" : "install.text")}</p>
			<p class="row">
				{offer !== null && (
					<button type="button" class="button small" onClick={install}>
						{t("install.button")}
					</button>
				)}
				<button type="button" class="button small" onClick={never}>
					{t("install.no")}
				</button>
			</p>
		</section>
	);
}
