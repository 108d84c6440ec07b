//! Ids of mutations.

/// Makes the id of one mutation: 16 random bytes as 32 hexadecimal digits.
pub fn mutation_id() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .expect("the system's random numbers are there on every platform we build for");
    bytes.iter().fold(String::with_capacity(32), |mut id, byte| {
        for digit in [byte >> 4, byte & 15] {
            id.push(char::from_digit(u32::from(digit), 16).expect("four bits are one digit"));
        }
        id
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_32_digits_and_never_the_same() {
        let (one, two) = (mutation_id(), mutation_id());
        assert_eq!(one.len(), 32);
        assert!(one.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')), "{one}");
        assert_ne!(one, two);
    }
}
