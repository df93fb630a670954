/** The pages about sound: volume, headphones, and what to do when sound stops. Loaded when needed. */
import { render } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { AudioOut, Sound } from "../runner/audio";
import { RIGHT_TO_PASS, type Round, rounds, ROUNDS, roundSound } from "../runner/headphones";
import type { SoundCheck } from "../runner/session";
import { type SoundText, soundText } from "./sound_texts";

type Answer = "go" | "leave";

/** Fills the display and resolves when the participant goes on or leaves. `check` null: sound stopped. */
export function showSound(display: HTMLElement, check: SoundCheck | null, language: string): Promise<Answer> {
	return new Promise((resolve) => {
		const done = (answer: Answer) => {
			render(null, display);
			resolve(answer);
		};
		render(
			check === null ? (
				<Lost language={language} done={done} />
			) : (
				<Setting language={language} check={check} done={done} />
			),
			display,
		);
	});
}

interface PageProps {
	language: string;
	done: (answer: Answer) => void;
}

const textsOf = (language: string) => (key: SoundText, values?: Record<string, number>) =>
	soundText(language, key, values);

/** Has the focus when it appears, so that the space bar finds it. */
function MainButton({ label, onClick }: { label: string; onClick: () => void }) {
	const button = useRef<HTMLButtonElement>(null);
	useLayoutEffect(() => button.current?.focus({ preventScroll: true }), []);
	return (
		<button ref={button} type="button" class="button main" onClick={onClick}>
			{label}
		</button>
	);
}

function OtherButton({ label, onClick, focus = false }: { label: string; onClick: () => void; focus?: boolean }) {
	const button = useRef<HTMLButtonElement>(null);
	useLayoutEffect(() => {
		if (focus) button.current?.focus({ preventScroll: true });
	}, [focus]);
	return (
		<button ref={button} type="button" class="button" onClick={onClick}>
			{label}
		</button>
	);
}

function Lost({ language, done }: PageProps) {
	const t = textsOf(language);
	return (
		<section class="sheet task-page" data-page="sound-lost">
			<h1>{t("lost_title")}</h1>
			<p>{t("lost_text")}</p>
			<p class="row">
				<MainButton label={t("go_on")} onClick={() => done("go")} />
				<OtherButton label={t("leave")} onClick={() => done("leave")} />
			</p>
		</section>
	);
}

/** Loads, then loudness, then headphones where the task asks for them. */
function Setting({ language, check, done }: PageProps & { check: SoundCheck }) {
	const t = textsOf(language);
	const [state, setState] = useState<"loading" | "failed" | "level" | "headphones">("loading");
	const load = () => {
		setState("loading");
		check.load().then(
			() => setState("level"),
			() => setState("failed"),
		);
	};
	useEffect(load, []);
	const next = (answer: Answer) =>
		answer === "go" && state === "level" && check.headphones ? setState("headphones") : done(answer);
	if (state === "level") return <Level language={language} check={check} done={next} />;
	if (state === "headphones") return <Headphones language={language} check={check} done={done} />;
	return (
		<section class="sheet task-page" data-page="sound" data-step={state}>
			<p role="status">{t(state)}</p>
			<p class="row">
				{state === "failed" && <MainButton label={t("again")} onClick={load} />}
				<OtherButton label={t("leave")} onClick={() => done("leave")} />
			</p>
		</section>
	);
}

interface NotesProps {
	language: string;
	/** What the session's device profile holds of sound. */
	sound: Record<string, unknown>;
	/** Whether a time is among the scores. */
	timed: boolean;
}

/** What a result of a task that was heard should say of itself. */
export function SoundNotes({ language, sound, timed }: NotesProps) {
	const t = textsOf(language);
	const { latency, headphones } = sound as { latency?: string; headphones?: { passed?: boolean } };
	const known = latency === "output_timestamp" || latency === "output_latency";
	const notes: SoundText[] = [];
	if (timed) notes.push(known ? "note_known" : "note_unknown");
	if (headphones !== undefined && headphones.passed !== true) notes.push("note_headphones");
	if (notes.length === 0) return null;
	return (
		<ul class="plain" data-notes="sound">
			{notes.map((key) => (
				<li key={key}>{t(key)}</li>
			))}
		</ul>
	);
}

/** Plays a sound and answers whether it was heard to the end. */
async function playOut(audio: AudioOut, sound: Sound): Promise<boolean> {
	audio.unlock();
	try {
		await audio.running(1500);
		const playing = audio.play(sound);
		await new Promise((resolve) => setTimeout(resolve, 1000 * (playing.end_s - audio.context.currentTime) + 50));
		audio.require(playing);
		return true;
	} catch {
		return false;
	}
}

function Level({ language, check, done }: PageProps & { check: SoundCheck }) {
	const t = textsOf(language);
	const [played, setPlayed] = useState<"not" | "now" | "yes" | "blocked">("not");
	const play = async () => {
		if (played === "now") return;
		setPlayed("now");
		setPlayed((await playOut(check.audio, check.sample())) ? "yes" : "blocked");
	};
	return (
		<section class="sheet task-page" data-page="sound" data-step="level" data-played={played}>
			<h1>{t("level_title")}</h1>
			<p>{t("level_text")}</p>
			<p>{t(check.headphones ? "level_headphones" : "level_latency")}</p>
			<p class="notice" role="status" hidden={played !== "blocked"}>
				{played === "blocked" && t("blocked")}
			</p>
			<p class="row">
				{played === "yes" && <MainButton label={t("heard")} onClick={() => done("go")} />}
				{played === "yes" ? (
					<OtherButton label={t("sample")} onClick={play} />
				) : (
					<MainButton label={t("sample")} onClick={play} />
				)}
				<OtherButton label={t("leave")} onClick={() => done("leave")} />
			</p>
		</section>
	);
}

type Step = { kind: "before" | "listen" | "choose"; round: number; right: number } | { kind: "after"; right: number };

function Headphones({ language, check, done }: PageProps & { check: SoundCheck }) {
	const t = textsOf(language);
	/* Chance, not the session's seed: a second try should not repeat the first. */
	const [plan, setPlan] = useState<Round[]>(() => rounds(Date.now()));
	const [step, setStep] = useState<Step>({ kind: "before", round: 0, right: 0 });
	const tries = useRef(1);

	const listen = async (round: number, right: number) => {
		setStep({ kind: "listen", round, right });
		const heard = await playOut(check.audio, roundSound(plan[round] as Round));
		setStep({ kind: heard ? "choose" : "before", round, right });
	};
	const choose = (place: number, round: number, right: number) => {
		const now = right + (plan[round]?.quiet === place ? 1 : 0);
		if (round + 1 < ROUNDS) return void listen(round + 1, now);
		check.found["headphones"] = { right: now, of: ROUNDS, passed: now >= RIGHT_TO_PASS, tries: tries.current };
		setStep({ kind: "after", right: now });
	};
	const skip = () => {
		check.found["headphones"] = { none: true };
		done("go");
	};
	const again = () => {
		tries.current++;
		setPlan(rounds(Date.now()));
		setStep({ kind: "before", round: 0, right: 0 });
	};

	if (step.kind === "after") {
		const passed = step.right >= RIGHT_TO_PASS;
		return (
			<section class="sheet task-page" data-page="sound" data-step="headphones-after">
				<h1>{t(passed ? "passed_title" : "not_passed_title")}</h1>
				<p>{t(passed ? "passed_text" : "not_passed_text", { n: step.right })}</p>
				<p class="row">
					<MainButton label={t("go_on")} onClick={() => done("go")} />
					{!passed && <OtherButton label={t("again")} onClick={again} />}
				</p>
			</section>
		);
	}
	const { kind, round, right } = step;
	return (
		<section class="sheet task-page" data-page="sound" data-step={`headphones-${kind}`}>
			<h1>{t("headphones_title")}</h1>
			{round === 0 && kind === "before" && <p>{t("headphones_text")}</p>}
			{kind !== "before" && (
				<p role="status">
					<span class="subtle">{t("round", { i: round + 1, n: ROUNDS })}</span>
					<br />
					{t(kind === "listen" ? "listen" : "quietest")}
				</p>
			)}
			<p class="row">
				{kind === "before" && (
					<MainButton
						label={t(round === 0 ? "headphones_start" : "next_round")}
						onClick={() => void listen(round, right)}
					/>
				)}
				{kind === "before" && <OtherButton label={t("headphones_none")} onClick={skip} />}
				{kind === "choose" &&
					[0, 1, 2].map((place) => (
						<OtherButton
							key={place}
							focus={place === 0}
							label={t("tone", { i: place + 1 })}
							onClick={() => choose(place, round, right)}
						/>
					))}
			</p>
		</section>
	);
}
