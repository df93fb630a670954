// What a page plays, noted apart from the client's own clock: an init script of the browser.

/*
 * Runs in the page before its scripts: notes each buffer that is started, when by the audio
 * clock, with its length and pitch, as `heard`; and the contexts, to stop their sound.
 */
export function listen() {
	const heard = { sounds: [], contexts: [], presses: [] };
	globalThis.heard = heard;
	/* Rising zero crossings a second; a name given by the client's code is not asked. */
	const pitch = (buffer) => {
		const x = buffer.getChannelData(0);
		let n = 0;
		for (let i = 1; i < x.length; i++) if (x[i - 1] < 0 && x[i] >= 0) n++;
		return n / buffer.duration;
	};
	const { start } = AudioBufferSourceNode.prototype;
	AudioBufferSourceNode.prototype.start = function (when = 0, ...rest) {
		start.call(this, when, ...rest);
		if (!(this.context instanceof AudioContext)) return;
		if (!heard.contexts.includes(this.context)) heard.contexts.push(this.context);
		const { length, duration, numberOfChannels } = this.buffer;
		const [left, right] = [this.buffer.getChannelData(0), this.buffer.getChannelData(numberOfChannels - 1)];
		const middle = left.length >> 1;
		const peak = left.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
		/* Of a tone: one ear hears it upside down. */
		const opposite = left.subarray(middle, middle + 100).every((x, i) => x === -right[middle + i]);
		const sound = { when, hz: this.loop ? 0 : pitch(this.buffer), loop: this.loop, length, duration, peak, opposite };
		/* By the clocks as they stand now: a sink that falls behind later moves what is heard. */
		sound.planned = heard.at(when);
		sound.ahead_s = when - this.context.currentTime;
		heard.sounds.push(sound);
		/* For plays: what is heard is a drawing that cannot be seen, from when it is heard. */
		setTimeout(() => {
			sound.at = heard.at(when);
			globalThis.seen.drawings.push({ frame: performance.now(), items: [sound] });
		}, sound.planned - performance.now());
	};
	addEventListener("keydown", (event) => heard.presses.push(event.timeStamp), { capture: true });
	/** When the audio clock's `when` is heard, on the page's clock. */
	heard.at = (when) => {
		const { contextTime, performanceTime } = heard.contexts.at(-1).getOutputTimestamp();
		return performanceTime + 1000 * (when - contextTime);
	};
}
