//! AWS Fargate.
