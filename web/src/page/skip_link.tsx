/** For people on a keyboard: past the top of every page, straight to what it is about. */
import { useText } from "../i18n/messages";

/** Moves the focus to the page's main part, unless it is in there already. */
export function focusMain(): void {
	const main = document.querySelector("main");
	if (main !== null && !main.contains(document.activeElement)) main.focus({ preventScroll: true });
}

/** `main` needs tabIndex -1. Not by the address, whose fragment says which page is up. */
export function SkipLink() {
	const { t } = useText();
	return (
		<a
			class="skip"
			href="#main"
			onClick={(event) => {
				event.preventDefault();
				focusMain();
			}}
		>
			{t("skip")}
		</a>
	);
}
