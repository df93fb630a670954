// Tokens of camp made from its secret (server/auth.c), so that tests can see expired ones
// refused. The signing key is libsodium's crypto_kdf: BLAKE2b-256 keyed with the secret,
// salted with the key's number and personalised "camp-key" (RFC 7693), which Node lacks.
import { createHmac } from "node:crypto";

const MAC_BYTES = 32;
const PREFIX_LEN = 4;
const MASK = (1n << 64n) - 1n;
const IV = [
	0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n,
	0x510e527fade682d1n, 0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n,
];
const SIGMA = [
	"0123456789abcdef", "ea489fd61c02b753", "b8c052fdae367194", "7931dcbe265a40f8",
	"905724afe1bc683d", "2c6a0b834d75fe19", "c51fed4a0763928b", "db7ec13950f4862a",
	"6fe9b308c2d714a5", "a2847615fb9e3cd0",
].map((row) => [...row].map((digit) => parseInt(digit, 16)));

const rotate = (x, n) => ((x >> n) | (x << (64n - n))) & MASK;

function mix(v, a, b, c, d, x, y) {
	v[a] = (v[a] + v[b] + x) & MASK;
	v[d] = rotate(v[d] ^ v[a], 32n);
	v[c] = (v[c] + v[d]) & MASK;
	v[b] = rotate(v[b] ^ v[c], 24n);
	v[a] = (v[a] + v[b] + y) & MASK;
	v[d] = rotate(v[d] ^ v[a], 16n);
	v[c] = (v[c] + v[d]) & MASK;
	v[b] = rotate(v[b] ^ v[c], 63n);
}

/** crypto_kdf_derive_from_key(): 32 bytes from a secret of 32. */
export function deriveKey(secret, number, context) {
	const parameters = Buffer.alloc(64);
	parameters.set([32, secret.length, 1, 1]);
	parameters.writeBigUInt64LE(BigInt(number), 32);
	parameters.write(context, 48, 8, "latin1");
	const h = IV.map((word, i) => word ^ parameters.readBigUInt64LE(i * 8));
	// The key is the only block of input.
	const block = Buffer.alloc(128);
	block.set(secret);
	const m = Array.from({ length: 16 }, (_, i) => block.readBigUInt64LE(i * 8));
	const v = [...h, ...IV];
	v[12] ^= 128n;
	v[14] ^= MASK;
	for (let round = 0; round < 12; round++) {
		const s = SIGMA[round % 10].map((i) => m[i]);
		for (let i = 0; i < 4; i++) mix(v, i, 4 + i, 8 + i, 12 + i, s[2 * i], s[2 * i + 1]);
		for (let i = 0; i < 4; i++) mix(v, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4, s[8 + 2 * i], s[9 + 2 * i]);
	}
	const out = Buffer.alloc(64);
	h.forEach((word, i) => out.writeBigUInt64LE(word ^ v[i] ^ v[i + 8], i * 8));
	return out.subarray(0, 32);
}

const mac = (key, payload) => createHmac("sha512", key).update(payload).digest().subarray(0, MAC_BYTES);

/** The same token with another expiry (seconds since 1970), signed with the secret (hex). */
export function tokenWithExpiry(secretHex, token, expirySeconds) {
	const key = deriveKey(Buffer.from(secretHex.trim(), "hex"), 1, "camp-key");
	const bytes = Buffer.from(token.slice(PREFIX_LEN), "base64url");
	const payload = bytes.subarray(0, bytes.length - MAC_BYTES);
	if (!mac(key, payload).equals(bytes.subarray(payload.length))) throw new Error("the token is not signed with this secret");
	payload.writeUInt32BE(expirySeconds, 1);
	return token.slice(0, PREFIX_LEN) + Buffer.concat([payload, mac(key, payload)]).toString("base64url");
}
