/** Security keys (WebAuthn): what the server asks and takes is JSON with base64url, what the browser takes is bytes. */

export interface KeyAnswer { id: string; rawId: string; type: string; response: Record<string, unknown> }
interface Descriptor { id: string; type: string; transports?: string[] }
/** As the server tells them (WebAuthn level 2, PublicKeyCredentialRequestOptions and -CreationOptions in JSON). */
export interface KeyQuestion { challenge: string; rpId: string; timeout?: number; allowCredentials?: Descriptor[]; userVerification?: string }
export interface KeyEnrolment { challenge: string; rp: { id: string; name: string }; user: { id: string; name: string; displayName: string }; excludeCredentials?: Descriptor[] }

/** Whether this browser, at this address, can use keys: only over https or on this very machine. */
export const keysWork = (): boolean => window.isSecureContext && 'credentials' in navigator && 'PublicKeyCredential' in window;

function bytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

const known = (list: Descriptor[] = []) => list.map((one) => ({ ...one, id: bytes(one.id) }));

function answered(credential: Credential | null, response: Record<string, unknown>): KeyAnswer {
  const { rawId, type } = credential as PublicKeyCredential;
  return { id: text(rawId), rawId: text(rawId), type, response };
}

/** Have a key answer; rejects with a DOMException when nobody touches it or it is none of those asked. */
export async function askKey(question: KeyQuestion): Promise<KeyAnswer> {
  const publicKey = { ...question, challenge: bytes(question.challenge), allowCredentials: known(question.allowCredentials) };
  const credential = await navigator.credentials.get({ publicKey: publicKey as PublicKeyCredentialRequestOptions });
  const said = (credential as PublicKeyCredential).response as AuthenticatorAssertionResponse;
  return answered(credential, { clientDataJSON: text(said.clientDataJSON), authenticatorData: text(said.authenticatorData), signature: text(said.signature) });
}

/** Have a new key made known; rejects as `askKey`, with InvalidStateError when it is known already. */
export async function makeKey(question: KeyEnrolment): Promise<KeyAnswer> {
  const publicKey = { ...question, challenge: bytes(question.challenge), user: { ...question.user, id: bytes(question.user.id) }, excludeCredentials: known(question.excludeCredentials) };
  const credential = await navigator.credentials.create({ publicKey: publicKey as unknown as PublicKeyCredentialCreationOptions });
  const said = (credential as PublicKeyCredential).response as AuthenticatorAttestationResponse;
  return answered(credential, { clientDataJSON: text(said.clientDataJSON), attestationObject: text(said.attestationObject), transports: said.getTransports?.() ?? [] });
}
