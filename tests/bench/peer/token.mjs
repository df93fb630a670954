// Session tokens as server/auth.h describes them: "cst_" and base64url of payload and MAC.
import { createHmac, timingSafeEqual } from "node:crypto";

const MAC_BYTES = 32;
const PREFIX = "cst_";

const mac = (key, payload) =>
	createHmac("sha512", key).update(payload).digest().subarray(0, MAC_BYTES);

const uuid = (b, at) => {
	const hex = b.toString("hex", at, at + 16);
	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

/** What a token says, or null when it is forged, malformed or expired. */
export function tokenCheck(key, token, nowSeconds) {
	if (!token.startsWith(PREFIX)) return null;
	const bytes = Buffer.from(token.slice(PREFIX.length), "base64url");
	if (bytes.length <= 55 + MAC_BYTES) return null;
	const payload = bytes.subarray(0, bytes.length - MAC_BYTES);
	if (!timingSafeEqual(mac(key, payload), bytes.subarray(payload.length))) return null;
	if (payload[0] !== 2 || payload.readUInt32BE(1) <= nowSeconds) return null;
	return {
		organisation: uuid(payload, 5),
		participant: uuid(payload, 21),
		session: uuid(payload, 37),
		version: payload.readUInt16BE(53),
		task: payload.toString("latin1", 55),
	};
}

/** The same token under another key: camp's sessions, as the peer would have signed them. */
export function tokenResign(key, token) {
	const bytes = Buffer.from(token.slice(PREFIX.length), "base64url");
	const payload = bytes.subarray(0, bytes.length - MAC_BYTES);
	return PREFIX + Buffer.concat([payload, mac(key, payload)]).toString("base64url");
}
