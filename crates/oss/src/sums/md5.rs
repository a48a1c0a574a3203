//! MD5 (RFC 1321), of one body or of several side by side.
//!
//! Each step of MD5 waits for the step before, so one body cannot go faster than one core's latency allows. Bodies that
//! have nothing to do with each other can: eight of them fit into the lanes of one register.

use fast_md5::{BLOCK_SIZE, transform};
use fearless_simd::{Level, Simd, dispatch};

/// How many bodies are hashed side by side.
pub(super) const LANES: usize = 8;

/// Fewer bodies than this are hashed one after the other: unused lanes cost as much as used ones.
const WORTHWHILE: usize = 4;

type Block = [u8; BLOCK_SIZE];

/// A sum in the making.
#[derive(Debug, Clone, Copy)]
pub(super) struct Md5 {
    state: [u32; 4],
    /// The beginning of a block whose end has not come yet.
    tail: Block,
    /// How many bytes there were.
    len: u64,
}

impl Default for Md5 {
    fn default() -> Self {
        Self {
            state: [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476],
            tail: [0; BLOCK_SIZE],
            len: 0,
        }
    }
}

impl Md5 {
    /// Adds bytes.
    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        let held = self.held();
        if held > 0 {
            let (first, rest) = bytes.split_at(bytes.len().min(BLOCK_SIZE - held));
            self.hold(first);
            bytes = rest;
        }
        let (blocks, rest) = bytes.as_chunks();
        for block in blocks {
            transform(&mut self.state, block);
        }
        self.len += (bytes.len() - rest.len()) as u64;
        self.hold(rest);
    }

    /// The sum.
    pub(super) fn finish(mut self) -> [u8; 16] {
        let bits = (self.len << 3).to_le_bytes();
        let zeros = (2 * BLOCK_SIZE - 9 - self.held()) % BLOCK_SIZE;
        self.hold(&[0x80]);
        for _ in 0..zeros {
            self.hold(&[0]);
        }
        self.hold(&bits);
        let mut sum = [0; 16];
        for (bytes, word) in sum.as_chunks_mut().0.iter_mut().zip(self.state) {
            *bytes = word.to_le_bytes();
        }
        sum
    }

    /// How many bytes of a block are held back.
    fn held(&self) -> usize {
        (self.len % BLOCK_SIZE as u64) as usize
    }

    /// Adds bytes that go into the block that is held back, at most up to its end.
    fn hold(&mut self, bytes: &[u8]) {
        let held = self.held();
        let whole = held + bytes.len() == BLOCK_SIZE;
        if let Some(room) = self.tail.get_mut(held..held + bytes.len()) {
            room.copy_from_slice(bytes);
        }
        self.len += bytes.len() as u64;
        if whole {
            transform(&mut self.state, &self.tail);
        }
    }
}

/// One of several bodies.
pub(super) struct Lane<'a> {
    pub(super) md5: &'a mut Md5,
    /// What is to be added. What of it was not, is left here.
    pub(super) bytes: &'a [u8],
}

/// Adds to some sums, at most [`LANES`], and to each of them something if it has bytes.
pub(super) fn update_together(level: Level, lanes: &mut [Lane<'_>]) {
    // What does not begin or end with a block goes by itself.
    for lane in &mut *lanes {
        let apart = match lane.md5.held() {
            0 if lane.bytes.len() >= BLOCK_SIZE => continue,
            held => lane.bytes.len().min(BLOCK_SIZE - held),
        };
        let (first, rest) = lane.bytes.split_at(apart);
        lane.md5.update(first);
        lane.bytes = rest;
    }
    let whole = |lane: &Lane<'_>| lane.bytes.len() / BLOCK_SIZE;
    let mut lanes: Vec<_> = lanes.iter_mut().filter(|lane| whole(lane) > 0).collect();
    if lanes.len() < WORTHWHILE {
        for lane in lanes {
            lane.md5.update(std::mem::take(&mut lane.bytes));
        }
        return;
    }
    let count = lanes.iter().map(|lane| whole(lane)).min().unwrap_or(0);
    blocks_together(level, &mut lanes, count);
}

/// Adds `count` blocks to each. Lanes that nobody needs do what the first one does.
fn blocks_together(level: Level, lanes: &mut [&mut Lane<'_>], count: usize) {
    let mut states = [[0; LANES]; 4];
    let mut inputs: [&[Block]; LANES] = [&[]; LANES];
    for (at, input) in inputs.iter_mut().enumerate() {
        let Some(lane) = lanes.get(at).or(lanes.first()) else {
            return;
        };
        *input = &lane.bytes.as_chunks().0[..count];
        for (words, word) in states.iter_mut().zip(lane.md5.state) {
            words[at] = word;
        }
    }
    dispatch!(level, simd => compress(simd, &mut states, &inputs));
    for (at, lane) in lanes.iter_mut().enumerate() {
        lane.md5.state = states.map(|words| words[at]);
        lane.md5.len += (count * BLOCK_SIZE) as u64;
        lane.bytes = &lane.bytes[count * BLOCK_SIZE..];
    }
}

/// One word of each lane.
type Words = [u32; LANES];

/// The number that is added in each step: the whole part of 2^32 × |sin(step + 1)|.
#[rustfmt::skip]
const ADDED: [u32; 64] = [
    0xd76a_a478, 0xe8c7_b756, 0x2420_70db, 0xc1bd_ceee, 0xf57c_0faf, 0x4787_c62a, 0xa830_4613, 0xfd46_9501,
    0x6980_98d8, 0x8b44_f7af, 0xffff_5bb1, 0x895c_d7be, 0x6b90_1122, 0xfd98_7193, 0xa679_438e, 0x49b4_0821,
    0xf61e_2562, 0xc040_b340, 0x265e_5a51, 0xe9b6_c7aa, 0xd62f_105d, 0x0244_1453, 0xd8a1_e681, 0xe7d3_fbc8,
    0x21e1_cde6, 0xc337_07d6, 0xf4d5_0d87, 0x455a_14ed, 0xa9e3_e905, 0xfcef_a3f8, 0x676f_02d9, 0x8d2a_4c8a,
    0xfffa_3942, 0x8771_f681, 0x6d9d_6122, 0xfde5_380c, 0xa4be_ea44, 0x4bde_cfa9, 0xf6bb_4b60, 0xbebf_bc70,
    0x289b_7ec6, 0xeaa1_27fa, 0xd4ef_3085, 0x0488_1d05, 0xd9d4_d039, 0xe6db_99e5, 0x1fa2_7cf8, 0xc4ac_5665,
    0xf429_2244, 0x432a_ff97, 0xab94_23a7, 0xfc93_a039, 0x655b_59c3, 0x8f0c_cc92, 0xffef_f47d, 0x8584_5dd1,
    0x6fa8_7e4f, 0xfe2c_e6e0, 0xa301_4314, 0x4e08_11a1, 0xf753_7e82, 0xbd3a_f235, 0x2ad7_d2bb, 0xeb86_d391,
];

/// By how many bits is rotated in the four kinds of steps of each round.
const ROTATED: [[u32; 4]; 4] = [
    [7, 12, 17, 22],
    [5, 9, 14, 20],
    [4, 11, 16, 23],
    [6, 10, 15, 21],
];

/// Which word of the block each round begins with, and how many words further the next step goes.
const ORDER: [(usize, usize); 4] = [(0, 1), (1, 5), (5, 3), (0, 7)];

/// The compiler makes registers of the lanes, as wide as the processor has them. For that all of it has to be in one
/// function: hence the inlining, and the loops where closures would be functions of their own.
#[inline(always)]
fn compress<S: Simd>(_: S, state: &mut [Words; 4], inputs: &[&[Block]; LANES]) {
    let count = inputs.iter().map(|input| input.len()).min().unwrap_or(0);
    for at in 0..count {
        let mut words = [[0; LANES]; 16];
        for (lane, input) in inputs.iter().enumerate() {
            let bytes = input[at].as_chunks().0;
            for word in 0..16 {
                words[word][lane] = u32::from_le_bytes(bytes[word]);
            }
        }
        let before = *state;
        round::<0>(state, &words);
        round::<1>(state, &words);
        round::<2>(state, &words);
        round::<3>(state, &words);
        for word in 0..4 {
            for lane in 0..LANES {
                state[word][lane] = state[word][lane].wrapping_add(before[word][lane]);
            }
        }
    }
}

#[inline(always)]
fn round<const ROUND: usize>(state: &mut [Words; 4], words: &[Words; 16]) {
    let (first, further) = ORDER[ROUND];
    for at in 0..16 {
        let [a, b, c, d] = *state;
        let word = words[(first + further * at) % 16];
        let mut next = [0; LANES];
        for lane in 0..LANES {
            let (b, c, d) = (b[lane], c[lane], d[lane]);
            let mixed = match ROUND {
                0 => d ^ (b & (c ^ d)),
                1 => c ^ (d & (b ^ c)),
                2 => b ^ c ^ d,
                _ => c ^ (b | !d),
            };
            let added = word[lane].wrapping_add(ADDED[16 * ROUND + at]);
            let sum = a[lane].wrapping_add(added).wrapping_add(mixed);
            next[lane] = b.wrapping_add(sum.rotate_left(ROTATED[ROUND][at % 4]));
        }
        *state = [d, next, b, c];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(len: usize, salt: usize) -> Vec<u8> {
        (0..len).map(|at| ((at + salt) * 31 % 251) as u8).collect()
    }

    #[test]
    fn one_body_in_any_pieces() {
        for len in (0..200).chain([1000, 4096]) {
            let whole = bytes(len, len);
            for piece in [1, 7, 63, 64, 65, 5000] {
                let mut md5 = Md5::default();
                whole.chunks(piece).for_each(|piece| md5.update(piece));
                assert_eq!(md5.finish(), fast_md5::digest(&whole), "{len} by {piece}");
            }
        }
    }

    /// Bodies of these lengths, from one call to the next in pieces of at most `piece` bytes.
    fn together(level: Level, lens: &[usize], piece: usize) {
        let bodies: Vec<Vec<u8>> = lens
            .iter()
            .map(|len| bytes(*len, lens.len() + len))
            .collect();
        let mut sums = vec![Md5::default(); lens.len()];
        let mut rests: Vec<&[u8]> = bodies.iter().map(|body| &body[..]).collect();
        while rests.iter().any(|rest| !rest.is_empty()) {
            let pieces = rests.iter().map(|rest| &rest[..rest.len().min(piece)]);
            let mut lanes: Vec<_> = sums
                .iter_mut()
                .zip(pieces)
                .map(|(md5, bytes)| Lane { md5, bytes })
                .collect();
            let before: Vec<usize> = lanes.iter().map(|lane| lane.bytes.len()).collect();
            update_together(level, &mut lanes);
            for ((lane, before), rest) in lanes.iter().zip(before).zip(&mut rests) {
                assert!(
                    lane.bytes.len() < before || before == 0,
                    "{lens:?} by {piece}"
                );
                *rest = &rest[before - lane.bytes.len()..];
            }
        }
        for (sum, body) in sums.into_iter().zip(&bodies) {
            let len = body.len();
            assert_eq!(
                sum.finish(),
                fast_md5::digest(body),
                "{len} of {lens:?} by {piece}"
            );
        }
    }

    #[test]
    fn several_bodies_side_by_side() {
        for level in [Level::new(), Level::baseline()] {
            for bodies in 1..=LANES {
                for piece in [64, 100, 640, 4096] {
                    together(level, &vec![1500; bodies], piece);
                    let lens: Vec<usize> = (0..bodies).map(|body| body * 777 % 2000).collect();
                    together(level, &lens, piece);
                }
            }
        }
    }
}
