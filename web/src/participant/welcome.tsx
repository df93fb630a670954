/** The first page of somebody without a join link. */
import { useState } from "preact/hooks";
import { useText } from "../i18n/messages";
import { Sheet } from "./parts";
import { go } from "./root";

export function Welcome() {
	const { t } = useText();
	return (
		<Sheet title={t("welcome.title")}>
			<p>{t("welcome.text")}</p>
			<CodeForm />
		</Sheet>
	);
}

export function CodeForm() {
	const { t } = useText();
	const [wrong, setWrong] = useState(false);
	const submit = (event: SubmitEvent) => {
		event.preventDefault();
		const form = new FormData(event.currentTarget as HTMLFormElement);
		const code = String(form.get("code") ?? "").trim().toUpperCase();
		if (/^[A-Z0-9]{8}$/.test(code)) go(`/join/${code}`);
		else setWrong(true);
	};
	return (
		<form onSubmit={submit} noValidate>
			<label class="field">
				<span>{t("welcome.code")}</span>
				<input
					name="code"
					dir="ltr"
					autocomplete="off"
					autocapitalize="characters"
					spellcheck={false}
					maxLength={8}
					aria-describedby="code-hint"
					aria-invalid={wrong}
				/>
			</label>
			<p id="code-hint" class={wrong ? "hint bad" : "hint"} role={wrong ? "alert" : undefined}>
				{t(wrong ? "welcome.code_wrong" : "welcome.code_hint")}
			</p>
			<button type="submit" class="button main">
				{t("welcome.go")}
			</button>
		</form>
	);
}
