// What a page plays, noted apart from the client's own clock: an init script of the browser.

/*
 * Runs in the page before its scripts: notes each buffer that is started, when by the audio
 * clock, with its length and pitch, as `heard`; and the contexts, to stop their sound.
 */
export function listen() {
	const heard = { sounds: [], contexts: [], presses: [], stalls: [], slip_ms: 0, slipNext: 0 };
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
		sound.ahead_s = when - this.context.currentTime;
		const planned = heard.at(when);
		/*
		 * When it was heard is known once it has begun, as a sink may fall behind until then;
		 * to what lies between the readings of the next 60 ms.
		 */
		sound.planned = planned;
		sound.readings = [];
		const read = () => {
			if (this.context.getOutputTimestamp().contextTime >= when) sound.readings.push(heard.at(when));
			if (performance.now() < planned + 60 || sound.readings.length === 0) setTimeout(read, 5);
		};
		setTimeout(read, planned - performance.now());
		if (heard.slipNext > 0) {
			setTimeout((ms) => (heard.slip_ms += ms), 0, heard.slipNext);
			heard.slipNext = 0;
		}
		heard.sounds.push(sound);
		/* For plays: what is heard is a drawing that cannot be seen, from when it is heard. */
		setTimeout(() => globalThis.seen.drawings.push({ frame: performance.now(), items: [sound] }), planned - performance.now());
	};
	/* A device that falls behind: the browser then tells of later times for the same sample. */
	const { getOutputTimestamp } = AudioContext.prototype;
	AudioContext.prototype.getOutputTimestamp = function () {
		const { contextTime, performanceTime } = getOutputTimestamp.call(this);
		return { contextTime, performanceTime: performanceTime + heard.slip_ms };
	};
	/* How long the page stood still, each time that it did for more than 80 ms. */
	let beat = performance.now();
	setInterval(() => {
		const now = performance.now();
		if (now - beat > 80) heard.stalls.push(now - beat);
		beat = now;
	}, 10);
	addEventListener("keydown", (event) => heard.presses.push(event.timeStamp), { capture: true });
	/** When the audio clock's `when` is heard, on the page's clock. */
	heard.at = (when) => {
		const { contextTime, performanceTime } = heard.contexts.at(-1).getOutputTimestamp();
		return performanceTime + 1000 * (when - contextTime);
	};
}
