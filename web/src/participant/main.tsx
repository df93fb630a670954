/** Starts the participant app. */
import { render } from "preact";
import "../styles/base.css";
import "../styles/app.css";
import "../styles/stage.css";
import "../styles/figures.css";
import { translate } from "../i18n/messages";
import { startLanguage } from "../i18n/page_language";
import { Outbox } from "../runner/outbox";
import { type Participant, Store } from "../runner/store";
import { listenForOffer } from "./install";
import { Root } from "./root";
import { startWorker } from "./update";

async function start(root: HTMLElement): Promise<void> {
	const store = await Store.open();
	const outbox = new Outbox(store);
	const participant = (await store.get<Participant>("participant")) ?? null;
	const language = await startLanguage(await store.get<string>("language"));
	listenForOffer();
	outbox.start();
	render(<Root store={store} outbox={outbox} known={participant} first={language} />, root);
	/* Asking is free; most browsers answer by how much the page was used. */
	void navigator.storage?.persist?.();
}

async function refuse(root: HTMLElement): Promise<void> {
	const language = await startLanguage(null);
	const note = document.createElement("p");
	note.className = "notice bad";
	note.setAttribute("role", "alert");
	note.textContent = translate(language, "error.storage");
	root.replaceChildren(note);
}

const root = document.getElementById("app");
if (root !== null) start(root).catch(() => refuse(root));
startWorker();
