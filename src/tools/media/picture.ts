import { pictureType, type Picture } from '../../domain/index.js';

/** Wires take 5 MiB of base64 for one picture. */
export const MAX_PICTURE_BYTES = 3_750_000;
/** Pixels of a side: what is larger is refused by models. */
const MAX_SIDE = 8000;

/** A picture that a model can be shown, with its size in pixels, or why it cannot. */
export type PictureAnswer =
  | {
      readonly isShown: true;
      readonly picture: Picture;
      readonly width: number;
      readonly height: number;
    }
  | { readonly isShown: false; readonly reason: string };

const TYPES: Readonly<Record<string, string>> = { jpg: 'image/jpeg' };

/** Looks at the bytes of a picture, whatever its name or its sender calls it. What reads sizes is loaded with the first one. */
export async function readPicture(bytes: Buffer): Promise<PictureAnswer> {
  const { imageSize } = await import('image-size');
  let size: ReturnType<typeof imageSize>;
  try {
    size = imageSize(bytes);
  } catch {
    return { isShown: false, reason: 'it is damaged or of an unknown kind' };
  }
  const { type = '', width, height } = size;
  const mediaType = pictureType(TYPES[type] ?? `image/${type}`);
  if (mediaType === undefined)
    return { isShown: false, reason: `models take PNG, JPEG, GIF and WebP, not ${type}` };
  if (bytes.length > MAX_PICTURE_BYTES)
    return { isShown: false, reason: `it has ${bytes.length} bytes, more than models take` };
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE)
    return { isShown: false, reason: `it has ${width}×${height} pixels` };
  return { isShown: true, picture: { mediaType, data: bytes.toString('base64') }, width, height };
}
