//! The odd things that real audit data contains: accepted, they come back as they went in; refused, for a stated reason.

#[cfg(test)]
mod lenient;
#[cfg(test)]
mod saas;
#[cfg(test)]
mod saas_mapping;
#[cfg(test)]
mod sent;
#[cfg(test)]
mod texts;
#[cfg(test)]
mod times;
#[cfg(test)]
mod values;
