// Reads safetensors files by the format's description, knowing nothing of our reader:
// github.com/huggingface/safetensors#format.

const half = (bits) => {
	const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
	return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
};

const values = {
	F32: [4, (view, at) => view.getFloat32(at, true)],
	F16: [2, (view, at) => half(view.getUint16(at, true))],
	I8: [1, (view, at) => view.getInt8(at)],
};

/** {metadata, tensors: {name: {dtype, shape, values}}} */
export function readSafetensors(bytes) {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const length = Number(view.getBigUint64(0, true));
	const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length));
	const { __metadata__: metadata = {}, ...entries } = JSON.parse(text);
	const tensors = Object.fromEntries(Object.entries(entries).map(([name, { dtype, shape, data_offsets: [begin, end] }]) => {
		const [size, read] = values[dtype];
		const count = shape.reduce((product, n) => product * n, 1);
		if (end - begin !== count * size) throw new Error(`${name}: ${end - begin} bytes of ${dtype} ${shape}`);
		const list = Array.from({ length: count }, (_, i) => read(view, 8 + length + begin + i * size));
		return [name, { dtype, shape, values: list }];
	}));
	return { metadata, tensors };
}
