//! QR codes as PNG.

use gateway::Fault;
use qrcode::{Color, QrCode};

/// Points to a module, and modules of white around the code, which readers need.
const SCALE: usize = 4;
const MARGIN: usize = 4;

/// A picture of a text: grey, one bit a point, black on white.
pub(super) fn png(text: &str) -> Result<Vec<u8>, Fault> {
    let code = QrCode::new(text).map_err(|e| Fault::internal(e.to_string()))?;
    let side = (code.width() + 2 * MARGIN) * SCALE;
    let white = |x: usize, y: usize| {
        let module = |at: usize| {
            (at / SCALE)
                .checked_sub(MARGIN)
                .filter(|at| *at < code.width())
        };
        let dark = module(x)
            .zip(module(y))
            .is_some_and(|at| code[at] == Color::Dark);
        !dark
    };
    let mut points = Vec::with_capacity(side.div_ceil(8) * side);
    for y in 0..side {
        for first in (0..side).step_by(8) {
            let bit = |x: usize| u8::from(x < side && white(x, y));
            points.push((first..first + 8).fold(0, |byte, x| byte << 1 | bit(x)));
        }
    }
    write(&points, side).map_err(|e| Fault::internal(e.to_string()))
}

fn write(points: &[u8], side: usize) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side as u32, side as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(points)?;
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_shows_the_code() {
        let bytes = png("otpauth://totp/a?secret=MZXW6").unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes))
            .read_info()
            .unwrap();
        let mut points = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut points).unwrap();
        assert_eq!(info.width, info.height);
        let white = |x: usize, y: usize| points[y * info.line_size + x / 8] >> (7 - x % 8) & 1 == 1;
        // White around it, and the corner of the pattern that readers look for.
        let corner = MARGIN * SCALE;
        assert!(white(0, 0) && white(corner - 1, corner - 1) && !white(corner, corner));
        let ring = corner + SCALE;
        assert!(white(ring, ring));
    }
}
