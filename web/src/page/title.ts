/** The document's title: the page's heading, once it is there, and the name of the app. */
import { useEffect } from "preact/hooks";
import { useText } from "../i18n/messages";

/** `page` tells one page from another. Watches the page only until its heading is up. */
export function usePageTitle(page: string): void {
	const { language, t } = useText();
	useEffect(() => {
		const root = document.getElementById("app");
		const name = t("app.name");
		const take = () => {
			const heading = document.querySelector("h1")?.textContent?.trim() ?? "";
			document.title = heading === "" ? name : `${heading} · ${name}`;
			return heading !== "";
		};
		if (take() || root === null) return;
		const watch = new MutationObserver(() => take() && watch.disconnect());
		watch.observe(root, { childList: true, subtree: true });
		return () => watch.disconnect();
	}, [page, language]);
}
